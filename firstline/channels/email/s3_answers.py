"""What S3 means when it does not give what was asked for ("Error responses", Amazon S3 API Reference). Pure."""

import re

from firstline.channels.abilities import NotThere
from firstline.channels.base import Broken
from firstline.kit.errors import Rejected, Retry
from firstline.kit.outbound import Answer

TROUBLE = "s3"
DENIED = ("AccessDenied", "AllAccessDisabled")
_SIGNATURE = "SignatureDoesNotMatch"
_UNKNOWN_KEY = ("InvalidAccessKeyId", "InvalidToken", "ExpiredToken", "TokenRefreshRequired", "NotSignedUp")
_ELSEWHERE = ("PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException")
_LATER = ("SlowDown", "RequestTimeout", "ServiceUnavailable", "InternalError", "TemporaryRedirect", "OperationAborted")
_LOOKED_AT = 8_000
"""Bytes of an answer that are looked at: it is a short XML document, and is not parsed as one."""
_CODE, _REGION = (re.compile(rf"<{name}>([A-Za-z0-9_.-]{{1,80}})</{name}>") for name in ("Code", "Region"))
_ENCRYPTED = ("x-amz-meta-x-amz-key-v2", "x-amz-meta-x-amz-key", "x-amz-meta-x-amz-cek-alg")
_ERRORS, _MANY, _MOVED, _FORBIDDEN, _MISSING = 500, 429, (301, 308), 403, 404


def code_in(answer: Answer) -> str:
    """The code of an error; empty if the answer has none."""
    found = _CODE.search(answer.body[:_LOOKED_AT].decode("latin-1"))
    return found[1] if found else ("AccessDenied" if answer.status == _FORBIDDEN else "")


def encrypted_by_ses(answer: Answer) -> bool:
    """Whether an object was encrypted before it was stored, as SES does with a KMS key ("Amazon S3 action", SES Developer
    Guide): it holds its key, encrypted, beside it."""
    return any(name in answer.headers for name in _ENCRYPTED)


def trouble(answer: Answer, region: str, bucket: str) -> Retry | Rejected:
    """Why something could not be had, by what happens next."""
    code = code_in(answer)
    said = f"{answer.status} {code}".strip()
    if code in _ELSEWHERE or answer.status in _MOVED:
        return _other_region(answer, region, bucket)
    if code == "NoSuchBucket":
        return Broken(TROUBLE, f"S3 has no bucket {bucket} ({said}).", "Check the bucket in the rule of SES, and the S3 region.")
    if code in _LATER or answer.status >= _ERRORS or answer.status == _MANY:
        return Retry(30.0, f"S3 answered {said}.")
    if code == "NoSuchKey" or (answer.status == _MISSING and not code):
        return NotThere(30.0, f"S3 does not have the mail that SES says is there ({said}).")
    if code == _SIGNATURE:
        return Broken(TROUBLE, f"The secret does not belong to the access key ({said}).", "Enter the secret access key anew.")
    if code in _UNKNOWN_KEY:
        return Broken(
            TROUBLE, f"S3 does not know the access key ({said}).", "Enter an access key that is active, with its secret."
        )
    if code == "RequestTimeTooSkewed":
        return Broken(TROUBLE, "The clock of this machine differs from Amazon's by more than 15 minutes.", "Set the clock.")
    if code.startswith("KMS"):
        return Broken(
            TROUBLE, f"S3 may not decrypt the mail for this access key ({said}).", "Allow kms:Decrypt on the bucket's key."
        )
    if code in DENIED:
        cure = f"Allow s3:GetObject on arn:aws:s3:::{bucket}/* to the user of the access key"
        hint = "; without s3:ListBucket on the bucket, a mail that was deleted looks the same."
        return Broken(TROUBLE, f"S3 does not let this access key read from {bucket} ({said}).", cure + hint)
    if code == "InvalidObjectState":
        return Rejected(f"The mail was moved to an archive of S3 ({said}); restore it there, then replay this delivery.")
    return Rejected(f"S3 answered {said or 'something else than the mail'}.")


def _other_region(answer: Answer, region: str, bucket: str) -> Broken:
    found = _REGION.search(answer.body[:_LOOKED_AT].decode("latin-1"))
    named = answer.headers.get("x-amz-bucket-region", found[1] if found else "")[:40]
    where = f"it lies in {named}" if named else "S3 does not say in which one it lies"
    cure = f"Enter {named} as Amazon S3 region." if named else "Enter the region of the bucket as Amazon S3 region."
    return Broken(TROUBLE, f"{f'The bucket {bucket}' if bucket else 'The store'} does not lie in {region}; {where}.", cure)
