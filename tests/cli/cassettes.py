"""Cassettes for `omni drift`, as vcrpy writes them."""

from typing import Any

import yaml


def cassette(*bodies: Any, status: int = 200, method: str = "GET", path: str = "/api/v1/leads/1") -> str:
    """A cassette as vcrpy writes it."""
    return yaml.safe_dump(
        {
            "interactions": [
                {
                    "request": {"method": method, "uri": f"https://x.example{path}?a=b", "body": None, "headers": {}},
                    "response": {"status": {"code": status, "message": ""}, "headers": {}, "body": {"string": body}},
                }
                for body in bodies
            ]
        }
    )
