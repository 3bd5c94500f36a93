"""Calls moto and prints the answer as version 2 of the AWS command line does: call.py ENDPOINT SERVICE OPERATION INPUT."""
import datetime
import json
import sys

import boto3

endpoint, service, operation, given = sys.argv[1:]
client = boto3.client(
    service,
    endpoint_url=endpoint,
    region_name="eu-central-1",
    aws_access_key_id="AKIATEST",
    aws_secret_access_key="secret",
)
answer = getattr(client, operation)(**json.loads(given))
answer.pop("ResponseMetadata", None)


def text(value):
    if isinstance(value, datetime.datetime):
        return value.isoformat()
    raise TypeError(type(value))


print(json.dumps(answer, indent=4, default=text))
