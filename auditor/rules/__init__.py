"""``rules/*.yaml`` as typed rules."""

from auditor.rules.checks import (
    add_spec,
    check_specs,
    check_texts,
    code_doc,
    code_docs,
    dimensions,
    main_dimensions,
    metric_specs,
    read_check,
    thresholds,
)
from auditor.rules.identity_groups import IdentityGroup, identity_groups
from auditor.rules.specs import CheckSpec, CodeDoc, FigureSpec, GradeRule, MetricSpec, RemedySpec, SettingOf
from auditor.rules.strict_yaml import read_yaml

__all__ = [
    "CheckSpec",
    "CodeDoc",
    "FigureSpec",
    "GradeRule",
    "IdentityGroup",
    "MetricSpec",
    "RemedySpec",
    "SettingOf",
    "add_spec",
    "check_specs",
    "check_texts",
    "code_doc",
    "code_docs",
    "dimensions",
    "identity_groups",
    "main_dimensions",
    "metric_specs",
    "read_check",
    "read_yaml",
    "thresholds",
]
