"""The CDK app: `cdk synth --context environment=dev`; see cdk_stack/application.py."""

import os

os.environ.setdefault("JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION", "20")

from aws_cdk import App

from cdk_stack.application import build, settings_from_context

app = App()
build(app, settings_from_context(app))
app.synth()
