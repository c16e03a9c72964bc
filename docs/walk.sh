#!/usr/bin/env bash
# From sign-up to an invoice with curl alone, on the platform that `make run` leaves running.
#
#   docs/walk.sh
#
# A publisher and a subscriber sign up. The publisher builds a basket from a template and publishes
# it; the subscriber finds it, subscribes with half the lots on his own paper account, reads his
# invoice, consents to a new version and leaves. Every call is shown with what it answered.
# It can be run again: each run has users of its own.
#
# Changed ports: LOCAL_EMULATOR_PORT, as for `make run`. Against AWS: set AUTH_API, OPTIONS_API,
# COGNITO_API, USER_POOL_ID and AWS_KEYS; signing up is then confirmed with the mailed code (CODE).
set -euo pipefail

EMULATOR="http://127.0.0.1:${LOCAL_EMULATOR_PORT:-4566}"
STACKS="$EMULATOR/_aws/execute-api"
AUTH_API="${AUTH_API:-$STACKS/ql-algo-trading-local-auth/v1}"
OPTIONS_API="${OPTIONS_API:-$STACKS/ql-algo-trading-local-options/v1}"
COGNITO_API="${COGNITO_API:-$EMULATOR}"
AWS_KEYS="${AWS_KEYS:-test:test}"
CODE="${CODE:-123456}"
RUN="$(date +%s)"
PASS_PHRASE="Walk-$RUN-of-made-up-people"
TOKEN=""
ANSWER=""

step() { printf '\n== %s\n' "$*"; }

# call METHOD URL [BODY]: shows the call and the answer, keeps the answer, stops at an error.
call() {
  local method="$1" url="$2" body="${3:-}" status
  local options=(--silent --show-error --request "$method" --header 'Content-Type: application/json')
  [ -z "$TOKEN" ] || options+=(--header "Authorization: Bearer $TOKEN")
  [ -z "$body" ] || options+=(--data "$body")
  ANSWER="$(curl "${options[@]}" --write-out '\n%{http_code}' "$url")"
  status="${ANSWER##*$'\n'}"
  ANSWER="${ANSWER%$'\n'*}"
  case "$url" in
    */auth/sign-in) printf '%s /auth/sign-in -> %s\n' "$method" "$status" ;;
    *) printf '%s /%s -> %s %.600s\n' "$method" "${url#*/v1/}" "$status" "$ANSWER" ;;
  esac
  case "$status" in 2??) ;; *) echo "stopped: this call should have succeeded" >&2; exit 1 ;; esac
}

# text FIELD: the field's first value in the answer.
text() { grep -o "\"$1\":\"[^\"]*\"" <<<"$ANSWER" | sed -n 1p | cut -d '"' -f 4; }

# must_say TEXT: the answer has it.
must_say() {
  grep -q -- "$1" <<<"$ANSWER" || { echo "stopped: the answer should say $1" >&2; exit 1; }
}

sign_up() { # EMAIL NAME
  TOKEN=""
  call POST "$AUTH_API/auth/sign-up" \
    "{\"email\": \"$1\", \"password\": \"$PASS_PHRASE\", \"name\": \"$2\"}"
  call POST "$AUTH_API/auth/confirm" "{\"email\": \"$1\", \"confirmation_code\": \"$CODE\"}"
}

sign_in() { # EMAIL
  TOKEN=""
  call POST "$AUTH_API/auth/sign-in" "{\"email\": \"$1\", \"password\": \"$PASS_PHRASE\"}"
  TOKEN="$(text id_token)"
}

# The operator's part: who may publish is decided by the group in the user pool.
cognito() { # ACTION BODY
  ANSWER="$(curl --silent --show-error --fail-with-body --user "$AWS_KEYS" \
    --aws-sigv4 'aws:amz:ap-south-1:cognito-idp' \
    --header 'Content-Type: application/x-amz-json-1.1' \
    --header "X-Amz-Target: AWSCognitoIdentityProviderService.$1" --data "$2" "$COGNITO_API/")"
  printf '%s -> %.200s\n' "$1" "$ANSWER"
}

PUBLISHER="publisher-$RUN@example.com"
SUBSCRIBER="subscriber-$RUN@example.com"

step "Two people sign up"
sign_up "$PUBLISHER" "Vikram Shah"
sign_up "$SUBSCRIBER" "Meera Iyer"

step "The operator makes one of them an admin"
if [ -z "${USER_POOL_ID:-}" ]; then
  cognito ListUserPools '{"MaxResults": 60}'
  USER_POOL_ID="$(grep -o '"Id": *"[^"]*"' <<<"$ANSWER" | sed -n 1p | cut -d '"' -f 4)"
fi
cognito AdminAddUserToGroup \
  "{\"UserPoolId\": \"$USER_POOL_ID\", \"Username\": \"$PUBLISHER\", \"GroupName\": \"admin\"}"

step "The publisher makes a basket and puts an iron condor into it, from a template"
sign_in "$PUBLISHER"
call POST "$OPTIONS_API/options/baskets" '{
  "name": "Weekly income", "description": "Weekly premium selling with bought wings",
  "category": "INCOME", "tags": ["theta-decay", "weekly-expiry", "nifty"]}'
BASKET="$(text basket_id)"
call GET "$OPTIONS_API/options/templates?limit=100"
TEMPLATE="$(grep -o '"template_id":"[^"]*","name":"Iron condor"' <<<"$ANSWER" | cut -d '"' -f 4)"
call POST "$OPTIONS_API/options/templates/$TEMPLATE/create" \
  "{\"basket_id\": \"$BASKET\", \"name\": \"NIFTY weekly iron condor\", \"symbol\": \"NIFTY\"}"
STRATEGY="$(text strategy_id)"

step "He publishes it for 999 rupees a month"
call POST "$OPTIONS_API/options/baskets/$BASKET/publish" '{
  "visibility": "PUBLIC",
  "subscription_config": {"type": "PAID", "monthly_fee": 999,
    "min_subscription_amount": 200000, "max_subscribers": 100}}'
must_say '"published_version":1'

step "The subscriber connects a paper account and finds the basket in the marketplace"
sign_in "$SUBSCRIBER"
call POST "$AUTH_API/brokers/accounts" '{
  "client_id": "PAPER1", "broker_name": "paper", "display_name": "Paper", "capital": 1000000}'
call GET "$OPTIONS_API/options/marketplace?category=INCOME&fee_type=PAID&limit=5"
must_say "$BASKET"
call GET "$OPTIONS_API/options/baskets/$BASKET"

step "He subscribes: one lot on his own account, half the publisher's risk"
call POST "$OPTIONS_API/options/baskets/$BASKET/subscribe" "{
  \"investment_amount\": 250000,
  \"strategy_broker_overrides\": {\"$STRATEGY\": {
    \"enabled\": true, \"risk_multiplier\": 0.5, \"lot_multiplier\": 1,
    \"custom_allocations\": [
      {\"client_id\": \"PAPER1\", \"lots_per_execution\": 1, \"priority\": 1}]}}}"
SUBSCRIPTION="$(text subscription_id)"

step "His invoice, and what the ledger says of it"
call GET "$OPTIONS_API/options/invoices"
INVOICE="$(text invoice_id)"
call GET "$OPTIONS_API/options/invoices/$INVOICE"
must_say '999.00'

step "The publisher limits what a trade may lose and publishes again: version 2"
sign_in "$PUBLISHER"
call PUT "$OPTIONS_API/options/strategies/$STRATEGY" '{"risk_config": {
  "max_loss_per_trade": 4000, "position_size_type": "FIXED_LOTS"}}'
call POST "$OPTIONS_API/options/baskets/$BASKET/publish" '{
  "visibility": "PUBLIC",
  "subscription_config": {"type": "PAID", "monthly_fee": 999,
    "min_subscription_amount": 200000, "max_subscribers": 100}}'
must_say '"published_version":2'

step "The subscriber stays at version 1 until he consents; the difference is said in words"
sign_in "$SUBSCRIBER"
call GET "$OPTIONS_API/options/subscriptions/$SUBSCRIPTION/changes"
must_say '"consent_needed":true'
call POST "$OPTIONS_API/options/subscriptions/$SUBSCRIPTION/consent" '{"basket_version": 2}'

step "He halves his risk once more, pauses, resumes, and leaves; the unused days come back"
call PUT "$OPTIONS_API/options/subscriptions/$SUBSCRIPTION/overrides" "{
  \"strategy_broker_overrides\": {\"$STRATEGY\": {\"enabled\": true, \"risk_multiplier\": 0.25}}}"
call POST "$OPTIONS_API/options/subscriptions/$SUBSCRIPTION/pause"
call POST "$OPTIONS_API/options/subscriptions/$SUBSCRIPTION/resume"
call DELETE "$OPTIONS_API/options/subscriptions/$SUBSCRIPTION"
call GET "$OPTIONS_API/options/subscriptions/$SUBSCRIPTION/history"
call GET "$OPTIONS_API/options/invoices"

step "What the publisher sees of it: who subscribed, and what it brought in"
sign_in "$PUBLISHER"
call GET "$OPTIONS_API/options/admin/subscribers"
call GET "$OPTIONS_API/options/admin/revenue"
must_say '"subscribers_gained":1'

printf '\nWalked from sign-up to invoice and back.\n'
