"""Metadata of the data set in Croissant 1.0 (MLCommons), JSON-LD."""

from __future__ import annotations

import json
import re

from auditor.prepare.card import ADDED_COLUMN_TEXTS, CardFacts

_CONTEXT: dict[str, object] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
_TYPES = (
    (re.compile(r"u?int\d+"), "sc:Integer"),
    (re.compile(r"float|double|half|decimal"), "sc:Float"),
    (re.compile(r"bool"), "sc:Boolean"),
    (re.compile(r"timestamp"), "sc:DateTime"),
    (re.compile(r"date"), "sc:Date"),
)


def render_croissant(facts: CardFacts) -> str:
    """``croissant.json``: one file and one record set per part, with hashes and typed fields."""
    corpus, accounts = facts.audit.corpus, facts.accounts
    languages = list(corpus.published_languages)
    description = (
        f"{accounts.rows_out:,} rows prepared from {accounts.rows_in:,}: {accounts.rows_removed:,} removed, "
        f"{accounts.rows_changed:,} changed ({accounts.rows_masked:,} masked), {accounts.rows_added:,} added. "
        f"Grade of the input: {facts.audit.grades['overall'].letter or 'none'}."
    )
    data = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": re.sub(r"[^A-Za-z0-9_.-]+", "_", corpus.name) or "corpus",
        "description": description,
        "version": "1.0.0",
        "license": "unknown",
        "url": "./",
        **({"inLanguage": languages[0] if len(languages) == 1 else languages} if languages else {}),
        "distribution": [
            {
                "@type": "cr:FileObject",
                "@id": name,
                "name": name,
                "contentUrl": name,
                "encodingFormat": "application/x-parquet",
                "sha256": digest,
            }
            for name, digest in facts.files.values()
        ],
        "recordSet": [_records(part, name, facts) for part, (name, _) in facts.files.items()],
    }
    return json.dumps(data, ensure_ascii=False, indent=1) + "\n"


def _records(part: str, file: str, facts: CardFacts) -> dict[str, object]:
    roles = {column: role for role, column in facts.roles.items()}
    roles |= dict.fromkeys(facts.audit.corpus.text_columns, "text") | dict.fromkeys(
        facts.audit.corpus.label_columns, "label"
    )
    return {
        "@type": "cr:RecordSet",
        "@id": part,
        "name": part,
        "description": f"{facts.accounts.parts[part]:,} rows",
        "field": [
            {
                "@type": "cr:Field",
                "@id": f"{part}/{name}",
                "name": f"{part}/{name}",
                "description": ADDED_COLUMN_TEXTS.get(name) or roles.get(name, ""),
                "dataType": next((kind for shape, kind in _TYPES if shape.match(type_)), "sc:Text"),
                "source": {"fileObject": {"@id": file}, "extract": {"column": name}},
            }
            for name, type_ in facts.columns.items()
        ],
    }
