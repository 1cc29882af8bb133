"""Signature Version 4, against Amazon's published examples and against Amazon's own library."""

from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given, settings
from hypothesis import strategies as st

from firstline.kit.sigv4 import Key, path_of, query_of, signed

EXAMPLE = Key("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "us-east-1")
HOST = "examplebucket.s3.amazonaws.com"
DAY = datetime(2013, 5, 24, tzinfo=UTC)


@pytest.mark.parametrize(
    ("method", "name", "query", "headers", "body", "signature"),
    [
        (
            "GET",
            "test.txt",
            {},
            {"Range": "bytes=0-9"},
            b"",
            "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
        ),
        (
            "PUT",
            "test$file.text",
            {},
            {"Date": "Fri, 24 May 2013 00:00:00 GMT", "x-amz-storage-class": "REDUCED_REDUNDANCY"},
            b"Welcome to Amazon S3.",
            "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
        ),
        ("GET", "", {"lifecycle": ""}, {}, b"", "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"),
        (
            "GET",
            "",
            {"prefix": "J", "max-keys": "2"},
            {},
            b"",
            "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
        ),
    ],
)
def test_amazon_s_published_examples_get_the_signatures_that_amazon_prints(
    method: str, name: str, query: dict[str, str], headers: dict[str, str], body: bytes, signature: str
) -> None:
    found = signed(EXAMPLE, method, HOST, path_of(name), query_of(query), headers, DAY, body)
    assert found["authorization"].endswith(f"Signature={signature}")
    assert found["authorization"].startswith(f"AWS4-HMAC-SHA256 Credential={EXAMPLE.id}/20130524/us-east-1/s3/aws4_request, ")


@settings(deadline=None)
@given(
    name=st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=60),
    query=st.dictionaries(st.text("abc-é /+", min_size=1, max_size=8), st.text("xyz =&%ü", max_size=8), max_size=3),
)
def test_whatever_an_object_is_called_the_signature_is_that_of_amazon_s_own_library(name: str, query: dict[str, str]) -> None:
    path, asked = path_of(name), query_of(query)
    url = f"https://{HOST}{path}" + (f"?{asked}" if asked else "")
    ours = signed(EXAMPLE, "GET", urlsplit(url).netloc, path, asked, {}, DAY)
    request = AWSRequest("GET", url, headers={"x-amz-date": ours["x-amz-date"], "host": HOST})
    request.context["timestamp"] = ours["x-amz-date"]
    amazon = S3SigV4Auth(Credentials(EXAMPLE.id, EXAMPLE.secret), "s3", "us-east-1")
    amazon._modify_request_before_signing(request)
    theirs = amazon.signature(amazon.string_to_sign(request, amazon.canonical_request(request)), request)
    assert ours["authorization"].partition("Signature=")[2] == theirs


def test_a_key_does_not_show_its_secret() -> None:
    assert EXAMPLE.secret not in repr(EXAMPLE)
