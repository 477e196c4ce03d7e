"""A check of our own: a request that fits its schema may be refused as wrong only for a reason that a
schema cannot say. Any other code means that the document is wider than what is validated."""

import schemathesis

# What depends on other fields, on other records, or on the day. And a text of one line holds no
# control character: a pattern that says so would drown the document, which says it once in words.
BEYOND_A_SCHEMA = {
    "after-the-award",
    "after-the-end",
    "another-funder",
    "around-itself",
    "before-certification",
    "before-start",
    "before-the-revision",
    "below-reserve",
    "control-character",
    "duplicate",
    "duplicate-line",
    "in-the-future",
    "in-the-past",
    "known-already",
    "less-than-inside",
    "locator-leads-nowhere",
    "missing",
    "more-than-the-award",
    "neither-reserved-nor-limited",
    "no-category",
    "not-a-month",
    "not-a-workbook",
    "not-over",
    "not-paid-for",
    "not-plausible",
    "not-the-funders-words",
    "outside",
    "outside-the-award",
    "overlaps",
    "twice",
    "unknown",
    "unknown-kind",
    "wrong-kind",
}


@schemathesis.check
def refused_for_a_named_reason(ctx, response, case):
    if response.status_code != 422 or case.meta is None or not case.meta.generation.mode.is_positive:
        return None
    problem = response.json()
    beyond = [
        error for error in problem["errors"]
        # the parts of an import profile, and the fields of a form, are held together by many rules,
        # which have tests of their own
        if error["code"] not in BEYOND_A_SCHEMA and not error["pointer"].startswith(("/spec/", "/fields/"))
    ]
    if beyond or not problem["errors"]:
        told = "; ".join(f"{error['pointer']} {error['code']}: {error['detail']}" for error in beyond)
        raise AssertionError(f"it fits its schema, and is refused as wrong: {told or problem['detail']}")
    return None
