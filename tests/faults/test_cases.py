"""Every one of the 105 cases of the fault list has a test, here or beside the code that it is about."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
CASES = range(1, 106)
ELSEWHERE: dict[int, tuple[str, ...]] = {
    6: ("corpus/test_read.py::test_broken_json_lines_are_rejected_and_the_rest_is_kept",),
    47: (
        "checks/test_balance_staleness_quality.py::test_one_class_is_skipped_with_the_reason",
        "prepare/test_split.py::test_strict_stratification_is_refused_where_a_class_is_too_small",
    ),
    48: ("checks/test_labels.py::test_missing_and_tiny_classes_have_codes_of_their_own_and_are_not_flagged",),
    49: ("corpus/test_label_types.py::test_one_in_three_types_is_told_and_never_merged_in_silence",),
    50: ("corpus/test_label_types.py::test_boolean_and_numeric_labels_are_classes_and_not_a_number_is_missing",),
    51: ("checks/test_labels.py::test_ten_thousand_classes_are_judged_as_far_as_memory_allows",),
    53: (
        "text/test_dates.py::test_day_and_month_are_never_guessed",
        "checks/test_balance_staleness_quality.py::test_ambiguous_dates_skip_the_check_with_what_to_do",
    ),
    56: ("checks/test_balance_staleness_quality.py::test_every_kind_of_broken_date_has_its_code",),
    58: ("checks/test_duplicates.py::test_fifty_thousand_identical_rows_are_one_cluster",),
    59: ("prepare/test_split.py::test_a_group_stays_in_one_part",),
    60: ("corpus/test_read.py::test_digest_tells_values_nulls_and_borders_apart",),
    62: ("config/test_config_rules.py::test_hostile_yaml_is_refused",),
    63: ("config/test_config_rules.py::test_hostile_yaml_is_refused",),
    64: ("config/test_config_rules.py::test_texts_that_yaml_changes_stay_texts",),
    65: (
        "config/test_config_rules.py::test_wrong_settings_are_usage_errors_that_help",
        "pii/test_rule_types.py::test_a_recognizer_with_a_value_of_the_wrong_type_is_refused",
        "pii/test_rule_types.py::test_a_policy_with_a_value_of_the_wrong_type_is_refused",
    ),
    66: (
        "faults/test_privacy_faults.py::test_a_users_pattern_cannot_hang_and_does_not_hide_what_others_find",
        "pii/test_timed.py::test_a_row_that_stalls_a_pattern_is_unchecked_and_the_others_are_checked",
        "pipeline/test_privacy.py::test_rows_left_unchecked_are_refused_unless_told_otherwise",
    ),
    70: ("test_package.py::test_templates_and_rules_are_found_in_an_installed_wheel",),
    72: (
        "report/test_lines.py::test_json_in_a_script_element_cannot_end_it",
        "report/test_html.py::test_hostile_texts_stay_texts",
    ),
    73: ("report/test_html.py::test_templates_never_switch_escaping_off",),
    74: ("report/test_html.py::test_nothing_points_outside", "report/test_browser.py::test_no_error_and_no_request"),
    75: ("cli/test_gate.py::test_hostile_names_give_no_commands_and_no_control_characters",),
    76: (
        "review/test_formats.py::test_neutral_cells_come_back_exactly_and_never_start_a_formula",
        "review/test_formats.py::test_csv_cells_are_safe_and_exact",
        "prepare/test_plan.py::test_a_plan_in_csv_runs_no_formula",
    ),
    77: ("report/test_html.py::test_six_thousand_rows_weigh_little_and_have_few_nodes",),
    80: (
        "corpus/test_spool.py::test_the_file_is_the_users_alone_and_its_batches_are_small",
        "store/test_store.py::test_a_work_folder_is_gone_with_its_run_and_what_killed_runs_left_too",
    ),
    81: (
        "pii/test_masking.py::test_a_key_that_others_may_read_is_refused",
        "pii/test_masking.py::test_a_key_of_the_wrong_length_is_refused",
        "pipeline/test_privacy.py::test_a_key_in_the_run_folder_or_readable_by_all_is_refused_before_anything_is_written",
    ),
    82: ("faults/test_privacy_faults.py::test_outputs_follow_the_umask_and_name_neither_user_nor_machine_nor_folder",),
    83: (
        "pii/test_masking.py::test_one_value_has_one_token_whatever_its_writing",
        "pipeline/test_privacy.py::test_pseudonyms_join_over_columns_and_the_key_is_nowhere",
    ),
    84: ("faults/test_privacy_faults.py::test_values_at_edges_and_in_disguise",),
    85: ("faults/test_privacy_faults.py::test_outputs_follow_the_umask_and_name_neither_user_nor_machine_nor_folder",),
    95: (
        "store/test_store.py::test_two_runs_into_one_folder",
        "test_overwriting.py::test_of_many_processes_one_holds_the_lock",
    ),
    97: ("models/test_models.py::test_pickled_weights_are_refused",),
    98: ("models/test_models.py::test_custom_code_is_refused_and_not_run",),
    99: (
        "models/test_models.py::test_a_tokenizer_of_another_model_is_refused",
        "models/test_models.py::test_a_folder_without_a_tokenizer_is_refused",
    ),
    102: (
        "prepare/test_properties.py::test_the_order_of_rows_does_not_matter",
        "checks/test_duplicates.py::test_clusters_do_not_depend_on_row_order",
    ),
    103: (
        "benchmark/test_training.py::test_a_changed_row_or_method_is_trained_again",
        "pipeline/test_resumed_scan.py::test_marks_of_anything_else_do_not_count",
    ),
    104: (
        "benchmark/test_training.py::test_a_loss_that_is_no_number_is_an_error",
        "benchmark/test_memory.py::test_finished_seeds_are_compared_and_the_rest_goes_on_later",
    ),
}
"""Tests of cases that stand beside the code, below ``tests``."""


def _numbered() -> dict[int, list[str]]:
    """Tests of this folder by the number in their ``pytest.mark.case``."""
    found: dict[int, list[str]] = {}
    for file in sorted(Path(__file__).parent.glob("test_*.py")):
        for node in ast.parse(file.read_text("utf-8")).body:
            for mark in getattr(node, "decorator_list", ()):
                if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.case":
                    found.setdefault(ast.literal_eval(mark.args[0]), []).append(f"{file.name}::{node.name}")  # type: ignore[attr-defined]
    return found


def test_all_cases_have_a_test() -> None:
    assert {number for number in {*_numbered(), *ELSEWHERE} if number not in CASES} == set()
    assert [number for number in CASES if number not in _numbered() and number not in ELSEWHERE] == []


@pytest.mark.parametrize("number", ELSEWHERE)
def test_the_tests_of_a_case_that_stand_elsewhere_are_there(number: int) -> None:
    for node in ELSEWHERE[number]:
        file, name = node.split("::")
        functions = [
            one.name for one in ast.parse((TESTS / file).read_text("utf-8")).body if isinstance(one, ast.FunctionDef)
        ]
        assert name in functions, node
