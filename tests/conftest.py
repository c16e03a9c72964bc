"""Fixtures that every suite may ask for, and how its properties are tried."""

from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.emulator", "tests.platforms"]

# How long an example takes says something about the machine and nothing about the property.
settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")
