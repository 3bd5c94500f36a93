"""Speaks with a server by the official Python client, which checks each answer against the form that its tool declares.

    client.py MODE COMMAND ARGUMENT...

Prints one JSON object of what it got.
"""

import asyncio
import json
import sys
import time

from mcp import Client, MCPError, StdioServerParameters

ENDLESS = "select sum(a.range + b.range) from range(10000000) a, range(10000000) b"


def form(result):
    return {
        "error": bool(result.is_error),
        "structured": result.structured_content,
        "text": [part.text for part in result.content],
    }


async def main(mode, command, arguments):
    server = StdioServerParameters(command=command, args=arguments)
    seen = {}
    async with Client(server, mode=mode) as client:
        seen["version"] = client.protocol_version
        seen["instructions"] = client.instructions
        seen["tools"] = [tool.name for tool in (await client.list_tools()).tools]
        resources = (await client.list_resources()).resources
        seen["resources"] = {}
        for resource in resources:
            read = await client.read_resource(resource.uri)
            seen["resources"][str(resource.uri)] = read.contents[0].text[:200]

        calls = {
            "trace": {},
            "evidence": {},
            "advise": {},
            "report": {"form": "markdown"},
            "queries": {"about": "late"},
            "query": {"name": "late-routing"},
            "sql": {"statement": "select cause, count(*) as n from verdict group by cause"},
            "incident": {"lb": "shop-public", "last": "1h"},
        }
        seen["calls"] = {name: form(await client.call_tool(name, given)) for name, given in calls.items()}
        # As an agent does: the id of a failure, with its fence, becomes an argument.
        trace_id = seen["calls"]["trace"]["structured"]["failed_requests"][0]["trace_id"]
        seen["calls"]["explain"] = form(await client.call_tool("explain", {"request": trace_id}))
        seen["refused"] = form(await client.call_tool("sql", {"statement": "delete from alb_row"}))

        # Parallel requests.
        several = [client.call_tool("sql", {"statement": f"select {i} as i"}) for i in range(12)]
        seen["parallel"] = [result.structured_content["rows"] for result in await asyncio.gather(*several)]

        # The client gives up: it sends notifications/cancelled.
        began = time.monotonic()
        try:
            await client.call_tool("sql", {"statement": ENDLESS}, read_timeout_seconds=1.5)
            seen["gave_up"] = None
        except MCPError as error:
            seen["gave_up"] = str(error)
        seen["after"] = form(await client.call_tool("sql", {"statement": "select 42 as answer"}))
        seen["seconds"] = time.monotonic() - began
    print(json.dumps(seen))


asyncio.run(main(sys.argv[1], sys.argv[2], sys.argv[3:]))
