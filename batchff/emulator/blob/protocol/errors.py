"""The errors of the Blob service, as Microsoft's "Blob Storage error codes" lists them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Kind:
    """One entry of the catalogue: what a client sees for a given failure."""

    code: str
    status: int
    message: str


@dataclass(slots=True)
class StorageError(Exception):
    """A request that the service refuses.

    `details` become elements of the error document, `headers` go with the answer.
    """

    kind: Kind
    details: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.kind.code}: {self.kind.message}"


def not_implemented(what: str) -> StorageError:
    """Refuse by name what the emulator doesn't have; clients don't retry a 501."""
    return StorageError(Kind("NotImplemented", 501, f"The emulator does not support {what}."))


def authentication_failed(detail: str) -> StorageError:
    """Refuse a request whose sender isn't proven; the detail must not hold a signature."""
    return StorageError(AUTHENTICATION_FAILED, {"AuthenticationErrorDetail": detail})


def invalid_header(name: str, value: str) -> StorageError:
    """Make the error for a header whose value can't be."""
    return StorageError(INVALID_HEADER_VALUE, {"HeaderName": name, "HeaderValue": value})


def invalid_parameter(name: str, value: str) -> StorageError:
    """Make the error for a query parameter whose value can't be."""
    return StorageError(
        INVALID_QUERY_PARAMETER_VALUE, {"QueryParameterName": name, "QueryParameterValue": value}
    )


def missing_header(name: str) -> StorageError:
    """Make the error for a header that must be there."""
    return StorageError(MISSING_REQUIRED_HEADER, {"HeaderName": name})


APPEND_POSITION_CONDITION_NOT_MET = Kind(
    "AppendPositionConditionNotMet",
    412,
    "The append position condition specified was not met.",
)
AUTHENTICATION_FAILED = Kind(
    "AuthenticationFailed",
    403,
    "Server failed to authenticate the request. Make sure the value of the Authorization header "
    "is formed correctly including the signature.",
)
AUTHORIZATION_PERMISSION_MISMATCH = Kind(
    "AuthorizationPermissionMismatch",
    403,
    "This request is not authorized to perform this operation using this permission.",
)
AUTHORIZATION_PROTOCOL_MISMATCH = Kind(
    "AuthorizationProtocolMismatch",
    403,
    "This request is not authorized to perform this operation using this protocol.",
)
AUTHORIZATION_RESOURCE_TYPE_MISMATCH = Kind(
    "AuthorizationResourceTypeMismatch",
    403,
    "This request is not authorized to perform this operation using this resource type.",
)
AUTHORIZATION_SERVICE_MISMATCH = Kind(
    "AuthorizationServiceMismatch",
    403,
    "This request is not authorized to perform this operation using this service.",
)
AUTHORIZATION_SOURCE_IP_MISMATCH = Kind(
    "AuthorizationSourceIPMismatch",
    403,
    "This request is not authorized to perform this operation using this source IP.",
)
UNAUTHORIZED_BLOB_OVERWRITE = Kind(
    "UnauthorizedBlobOverwrite",
    403,
    "This request is not authorized to perform blob overwrites.",
)
BLOB_ALREADY_EXISTS = Kind("BlobAlreadyExists", 409, "The specified blob already exists.")
BLOB_ARCHIVED = Kind("BlobArchived", 409, "This operation is not permitted on an archived blob.")
BLOB_NOT_FOUND = Kind("BlobNotFound", 404, "The specified blob does not exist.")
BLOCK_COUNT_EXCEEDS_LIMIT = Kind(
    "BlockCountExceedsLimit",
    409,
    "The uncommitted block count cannot exceed the maximum limit of 100,000 blocks.",
)
BLOCK_LIST_TOO_LONG = Kind(
    "BlockListTooLong", 400, "The block list may not contain more than 50,000 blocks."
)
CANNOT_VERIFY_COPY_SOURCE = Kind(
    "CannotVerifyCopySource", 404, "The specified copy source does not exist."
)
CONDITION_HEADERS_NOT_SUPPORTED = Kind(
    "ConditionHeadersNotSupported", 400, "Condition headers are not supported."
)
CONDITION_NOT_MET = Kind(
    "ConditionNotMet",
    412,
    "The condition specified using HTTP conditional header(s) is not met.",
)
NOT_MODIFIED = Kind("ConditionNotMet", 304, CONDITION_NOT_MET.message)
CONTAINER_ALREADY_EXISTS = Kind(
    "ContainerAlreadyExists", 409, "The specified container already exists."
)
CONTAINER_NOT_FOUND = Kind("ContainerNotFound", 404, "The specified container does not exist.")
DISK_FULL = Kind("ServerBusy", 503, "The disk of the emulator is full.")
EXCEEDED_MAX_BATCH_REQUEST_COUNT = Kind(
    "ExceedsMaxBatchRequestCount",
    400,
    "The batch operation exceeds maximum number of allowed subrequests.",
)
HIERARCHICAL_NAMESPACE_NOT_ENABLED = Kind(
    "HierarchicalNamespaceNotEnabled",
    400,
    "The requested operation is only for accounts with a hierarchical namespace.",
)
INTERNAL_ERROR = Kind(
    "InternalError", 500, "The server encountered an internal error. Please retry the request."
)
INVALID_AUTHENTICATION_INFO = Kind(
    "InvalidAuthenticationInfo",
    401,
    "Server failed to authenticate the request. Please refer to the information in the"
    " www-authenticate header.",
)
INVALID_BLOB_OR_BLOCK = Kind(
    "InvalidBlobOrBlock", 400, "The specified blob or block content is invalid."
)
INVALID_BLOB_TYPE = Kind(
    "InvalidBlobType",
    409,
    "The blob type is invalid for this operation.",
)
INVALID_BLOCK_LIST = Kind("InvalidBlockList", 400, "The specified block list is invalid.")
INVALID_HEADER_VALUE = Kind(
    "InvalidHeaderValue",
    400,
    "The value for one of the HTTP headers is not in the correct format.",
)
INVALID_INPUT = Kind("InvalidInput", 400, "One of the request inputs is not valid.")
INVALID_MD5 = Kind(
    "InvalidMd5",
    400,
    "The MD5 value specified in the request is invalid. "
    "MD5 value must be 128 bits and base64 encoded.",
)
INVALID_METADATA = Kind(
    "InvalidMetadata",
    400,
    "The metadata specified is invalid. It has characters that are not permitted.",
)
INVALID_QUERY_PARAMETER_VALUE = Kind(
    "InvalidQueryParameterValue",
    400,
    "Value for one of the query parameters specified in the request URI is invalid.",
)
INVALID_RANGE = Kind(
    "InvalidRange", 416, "The range specified is invalid for the current size of the resource."
)
INVALID_RESOURCE_NAME = Kind(
    "InvalidResourceName", 400, "The specified resource name contains invalid characters."
)
INVALID_URI = Kind("InvalidUri", 400, "The requested URI does not represent any resource.")
INVALID_XML_DOCUMENT = Kind("InvalidXmlDocument", 400, "XML specified is not syntactically valid.")
INVALID_XML_NODE_VALUE = Kind(
    "InvalidXmlNodeValue",
    400,
    "The value for one of the XML nodes is not in the correct format.",
)
LEASE_ALREADY_PRESENT = Kind(
    "LeaseAlreadyPresent",
    409,
    "There is already a lease present.",
)
LEASE_ID_MISMATCH_WITH_BLOB_OPERATION = Kind(
    "LeaseIdMismatchWithBlobOperation",
    412,
    "The lease ID specified did not match the lease ID for the blob.",
)
LEASE_ID_MISMATCH_WITH_CONTAINER_OPERATION = Kind(
    "LeaseIdMismatchWithContainerOperation",
    412,
    "The lease ID specified did not match the lease ID for the container.",
)
LEASE_ID_MISMATCH_WITH_LEASE_OPERATION = Kind(
    "LeaseIdMismatchWithLeaseOperation",
    409,
    "The lease ID specified did not match the lease ID for the resource.",
)
LEASE_ID_MISSING = Kind(
    "LeaseIdMissing",
    412,
    "There is currently a lease on the resource and no lease ID was specified in the request.",
)
LEASE_IS_BREAKING_AND_CANNOT_BE_ACQUIRED = Kind(
    "LeaseIsBreakingAndCannotBeAcquired",
    409,
    "The lease is in the breaking state and cannot be acquired until it is broken.",
)
LEASE_IS_BREAKING_AND_CANNOT_BE_CHANGED = Kind(
    "LeaseIsBreakingAndCannotBeChanged",
    409,
    "The lease is in the breaking state and cannot be changed.",
)
LEASE_IS_BROKEN_AND_CANNOT_BE_RENEWED = Kind(
    "LeaseIsBrokenAndCannotBeRenewed",
    409,
    "The lease has been broken explicitly and cannot be renewed.",
)
LEASE_LOST = Kind(
    "LeaseLost",
    412,
    "A lease ID was specified, but the lease has expired.",
)
LEASE_NOT_PRESENT_WITH_BLOB_OPERATION = Kind(
    "LeaseNotPresentWithBlobOperation",
    412,
    "There is currently no lease on the blob.",
)
LEASE_NOT_PRESENT_WITH_CONTAINER_OPERATION = Kind(
    "LeaseNotPresentWithContainerOperation",
    412,
    "There is currently no lease on the container.",
)
LEASE_NOT_PRESENT_WITH_LEASE_OPERATION = Kind(
    "LeaseNotPresentWithLeaseOperation",
    409,
    "There is currently no lease on the resource.",
)
MAX_BLOB_SIZE_CONDITION_NOT_MET = Kind(
    "MaxBlobSizeConditionNotMet",
    412,
    "The max blob size condition specified was not met.",
)
MD5_MISMATCH = Kind(
    "Md5Mismatch",
    400,
    "The MD5 value specified in the request did not match with the MD5 value calculated by the "
    "server.",
)
METADATA_TOO_LARGE = Kind(
    "MetadataTooLarge",
    400,
    "The metadata specified exceeds the maximum allowable limit (8 KB).",
)
MISSING_CONTENT_LENGTH = Kind(
    "MissingContentLengthHeader", 411, "Content-Length HTTP header was not specified."
)
MISSING_REQUIRED_HEADER = Kind(
    "MissingRequiredHeader", 400, "An HTTP header that's mandatory for this request is missing."
)
MULTIPLE_CONDITION_HEADERS_NOT_SUPPORTED = Kind(
    "MultipleConditionHeadersNotSupported", 400, "Multiple condition headers are not supported."
)
NO_AUTHENTICATION_INFORMATION = Kind(
    "NoAuthenticationInformation", 401, INVALID_AUTHENTICATION_INFO.message
)
OUT_OF_RANGE_INPUT = Kind("OutOfRangeInput", 400, "One of the request inputs is out of range.")
OUT_OF_RANGE_PARAMETER = Kind(
    "OutOfRangeQueryParameterValue",
    400,
    "One of the query parameters specified in the request URI is outside the permissible range.",
)
REQUEST_BODY_TOO_LARGE = Kind(
    "RequestBodyTooLarge",
    413,
    "The request body is too large and exceeds the maximum permissible limit.",
)
SOURCE_CONDITION_NOT_MET = Kind(
    "SourceConditionNotMet",
    412,
    "The source condition specified using HTTP conditional header(s) is not met.",
)
UNSATISFIABLE_CONDITION = Kind(
    "UnsatisfiableCondition",
    400,
    "The request includes an unsatisfiable condition for this operation.",
)
UNSUPPORTED_HTTP_VERB = Kind(
    "UnsupportedHttpVerb", 405, "The resource doesn't support the specified HTTP verb."
)
