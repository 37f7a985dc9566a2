"""Dates: forms that are read, and those that are refused rather than guessed."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest
from babel.dates import format_date

from auditor.errors import InputError
from auditor.text.date_words import MAJOR
from auditor.text.dates import EPOCH_ZERO, MISSING, OK, PLACEHOLDER, UNREADABLE, parse_dates


def parse(values, kind=None, **more):
    return parse_dates(pa.chunked_array([pa.array(values, kind)]), **more)


def day(year, month, day_, hour=0, minute=0):
    return datetime(year, month, day_, hour, minute, tzinfo=UTC).timestamp() / 86_400


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-03-05", day(2024, 3, 5)),
        ("2024/3/5", day(2024, 3, 5)),
        ("2024.03.05", day(2024, 3, 5)),
        ("20240305", day(2024, 3, 5)),
        ("2024-03-05 14:30", day(2024, 3, 5, 14, 30)),
        ("2024-03-05T14:30:00Z", day(2024, 3, 5, 14, 30)),
        ("2024-03-05T14:30:00+08:00", day(2024, 3, 5, 6, 30)),
        ("2024-03-05T14:30:00.123", day(2024, 3, 5, 14, 30)),
        ("Tue, 05 Mar 2024 14:30:00 +0100", day(2024, 3, 5, 13, 30)),
        ("05 Mar 2024", day(2024, 3, 5)),
        ("5 March 2024", day(2024, 3, 5)),
        ("March 5, 2024", day(2024, 3, 5)),
        ("5-Mar-2024 14:30:00", day(2024, 3, 5, 14, 30)),
        ("Tue Mar 05 14:30:00 2024", day(2024, 3, 5, 14, 30)),
        ("2024年3月5日", day(2024, 3, 5)),
        ("2024年03月05日 14:30", day(2024, 3, 5, 14, 30)),
        ("2024年3月5日14时30分", day(2024, 3, 5, 14, 30)),
        ("1709649000", day(2024, 3, 5, 14, 30)),
        ("1709649000000", day(2024, 3, 5, 14, 30)),
        ("1709649000000000", day(2024, 3, 5, 14, 30)),
        ("1709649000000000000", day(2024, 3, 5, 14, 30)),
        ("2024-03", day(2024, 3, 1)),
        ("2024_03_05", day(2024, 3, 5)),
        ("5 Mar 2024 | 14:30", day(2024, 3, 5, 14, 30)),
        ("05-13-2024 14.30.00", day(2024, 5, 13, 14, 30)),
        ("Ngày 5/3/2024", day(2024, 3, 5)),
        ("5. Mrz 2024", day(2024, 3, 5)),
        ("5 marca 2024 r.", day(2024, 3, 5)),
        ("2024/03", day(2024, 3, 1)),
        ("2024", day(2024, 1, 1)),
        ("2024-065", day(2024, 3, 5)),
        ("2024-W10-2", day(2024, 3, 5)),
        ("20240305T143000", day(2024, 3, 5, 14, 30)),
        ("20240305T143000Z", day(2024, 3, 5, 14, 30)),
        ("20240305143000", day(2024, 3, 5, 14, 30)),
        ("2024-03-05T14:30", day(2024, 3, 5, 14, 30)),
        ("2024-03-05T14:30:00.123456789Z", day(2024, 3, 5, 14, 30)),
        ("2024-03-05 14:30:00,123", day(2024, 3, 5, 14, 30)),
        ("2024-03-05 14:30:00 UTC", day(2024, 3, 5, 14, 30)),
        ("2024-03-05 14:30:00 GMT", day(2024, 3, 5, 14, 30)),
        ("2024-03-05 14:30:00 +0800", day(2024, 3, 5, 6, 30)),
        ("2024-03-05 14:30:00+08:00", day(2024, 3, 5, 6, 30)),
        ("2024-03-05 14:30:00 -0330", day(2024, 3, 5, 18, 0)),
        ("2024-03-05 2:30 PM", day(2024, 3, 5, 14, 30)),
        ("2024-03-05 11:30 am", day(2024, 3, 5, 11, 30)),
        ("2024/03/05 14:30:00", day(2024, 3, 5, 14, 30)),
        ("13/02/2024", day(2024, 2, 13)),
        ("02/13/2024", day(2024, 2, 13)),
        ("13.02.2024 14:30", day(2024, 2, 13, 14, 30)),
        ("13-02-2024", day(2024, 2, 13)),
        ("Mar 5, 2024 2:30 PM", day(2024, 3, 5, 14, 30)),
        ("5th March 2024", day(2024, 3, 5)),
        ("March 5th, 2024", day(2024, 3, 5)),
        ("5 Mar 2024 14:30", day(2024, 3, 5, 14, 30)),
        ("Mar 5 2024", day(2024, 3, 5)),
        ("5-March-2024", day(2024, 3, 5)),
        ("2024 March 5", day(2024, 3, 5)),
        ("2024-Mar-05", day(2024, 3, 5)),
        ("Tuesday, March 5, 2024", day(2024, 3, 5)),
        ("Tue Mar  5 14:30:00 UTC 2024", day(2024, 3, 5, 14, 30)),
        ("Tue Mar 5 14:30:00 +0100 2024", day(2024, 3, 5, 13, 30)),
        ("Tue, 05 Mar 2024 14:30:00 GMT", day(2024, 3, 5, 14, 30)),
        ("Tue, 5 Mar 2024 14:30:00 EST", day(2024, 3, 5, 19, 30)),
        ("Tue, 05 Mar 2024 14:30:00 -0700 (PDT)", day(2024, 3, 5, 21, 30)),
        ("5 Mar 2024 14:30:00 -0000", day(2024, 3, 5, 14, 30)),
        ("05/Mar/2024:14:30:00 +0000", day(2024, 3, 5, 14, 30)),
        ("２０２４年３月５日", day(2024, 3, 5)),
        ("2024 年 3 月 5 日", day(2024, 3, 5)),
        ("2024年3月5号", day(2024, 3, 5)),
        ("2024年3月", day(2024, 3, 1)),
        ("2024年3月5日 星期二", day(2024, 3, 5)),
        ("2024年3月5日 下午2:30", day(2024, 3, 5, 14, 30)),
        ("2024年3月5日上午9点", day(2024, 3, 5, 9, 0)),
        ("二〇二四年三月五日", day(2024, 3, 5)),
        ("5 mars 2024", day(2024, 3, 5)),
        ("1er mars 2024", day(2024, 3, 1)),
        ("5 fevrier 2024", day(2024, 2, 5)),
        ("Dienstag, den 5. März 2024 um 14:30 Uhr", day(2024, 3, 5, 14, 30)),
        ("martes, 5 de marzo de 2024", day(2024, 3, 5)),
        ("mar. 5 mars 2024", day(2024, 3, 5)),
        ("5 de mar. de 2024", day(2024, 3, 5)),
        ("5 марта 2024 г.", day(2024, 3, 5)),
        ("٥ مارس ٢٠٢٤", day(2024, 3, 5)),
        ("२०२४-०३-०५", day(2024, 3, 5)),
        ("5 tháng 3, 2024", day(2024, 3, 5)),
        ("ngày 5 tháng 3 năm 2024", day(2024, 3, 5)),
        ("2024. 3. 5.", day(2024, 3, 5)),
        ("2024년 3월 5일 (화) 오후 2:30", day(2024, 3, 5, 14, 30)),
        ("2024年3月5日(火) 14時30分", day(2024, 3, 5, 14, 30)),
        ("March 05,2024", day(2024, 3, 5)),
        ("03 05, 2024", day(2024, 3, 5)),
        ("13/02/2024 02:30:00 PM", day(2024, 2, 13, 14, 30)),
        ("02/13/2024 12:30:00 AM", day(2024, 2, 13, 0, 30)),
        ("Fri, 30 Aug 02 05:32:48 -0400", day(2002, 8, 30, 9, 32)),
        ("Tue Mar 05 2024 14:30:00 GMT+0800 (China Standard Time)", day(2024, 3, 5, 6, 30)),
        ("202403051430", day(2024, 3, 5, 14, 30)),
        ("二〇二四年十二月三十一日", day(2024, 12, 31)),
    ],
)
def test_forms(text, expected):
    dates = parse([text])
    assert dates.status.tolist() == [OK]
    assert dates.days[0] == pytest.approx(expected, abs=60 / 86_400)


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("", MISSING), (None, MISSING), ("NaT", MISSING), ("n/a", MISSING),
        ("2025-02-30", UNREADABLE), ("2024-13-01", UNREADABLE), ("soon", UNREADABLE), ("3/2024", UNREADABLE),
        ("Thu, 04 Jul 0102 10:00:00 +0000", UNREADABLE),
        ("5 March", UNREADABLE), ("March 2024 or so", UNREADABLE), ("14:30", UNREADABLE), ("5 pm 2024", UNREADABLE),
        ("Q1 2024", UNREADABLE), ("Room 12 2024", UNREADABLE), ("3.5 2024", UNREADABLE), ("1 Jan 2024 - 2 Jan 2024", UNREADABLE), ("2024年13月1日", UNREADABLE),
        ("1970-01-01", EPOCH_ZERO), ("1900-01-01", PLACEHOLDER), ("9999-12-31", PLACEHOLDER), ("0001-01-01", PLACEHOLDER),
        ("1970-01-01T00:00:00Z", EPOCH_ZERO), ("Thu, 01 Jan 1970 00:00:00 GMT", EPOCH_ZERO),
    ],
)  # fmt: skip
def test_what_is_no_date(text, status):
    assert parse([text], pa.string()).status.tolist() == [status]


def test_day_and_month_are_never_guessed():
    with pytest.raises(InputError, match="cannot be distinguished: no value decides"):
        parse(["01/02/2024", "03/04/2024"])
    with pytest.raises(InputError, match="some values are day first, others month first"):
        parse(["13/02/2024", "02/13/2024"])
    assert parse(["01/02/2024", "13/02/2024"]).days[0] == day(2024, 2, 1)
    assert parse(["01/02/2024", "02/13/2024"]).days[0] == day(2024, 1, 2)
    assert parse(["01/02/2024"], date_format="%m/%d/%Y").days[0] == day(2024, 1, 2)
    with pytest.raises(InputError, match="years of two digits"):
        parse(["01/02/03", "05.06.07"])
    assert parse(["01/02/03"], date_format="%d/%m/%y").days[0] == day(2003, 2, 1)
    assert parse(["05/05/2024"]).days[0] == day(2024, 5, 5)  # no doubt here


@pytest.mark.parametrize("unit", [1, 1e3, 1e6, 1e9])
def test_epoch_numbers_in_any_unit(unit):
    dates = parse([int(1709649000 * unit)])
    assert dates.days[0] == pytest.approx(day(2024, 3, 5, 14, 30), abs=1 / 86_400)


def test_arrow_timestamps_and_the_epoch_itself():
    dates = parse([datetime(2024, 3, 5, tzinfo=UTC), None, datetime(1970, 1, 1, tzinfo=UTC)])
    assert dates.status.tolist() == [OK, MISSING, EPOCH_ZERO]
    assert dates.days[0] == day(2024, 3, 5)
    assert np.isnan(dates.days[1])


def test_an_unknown_zone_is_not_quoted_in_a_warning(recwarn: pytest.WarningsRecorder) -> None:
    parse_dates(pa.chunked_array([["31 March 1987 12:19:12 SECRETZ", "9 April 1987"]], pa.large_string()))
    assert not [one for one in recwarn if "SECRETZ" in str(one.message)]


@pytest.mark.parametrize("form", ["full", "long", "medium"])
@pytest.mark.parametrize("language", MAJOR)
def test_dates_as_each_language_writes_them(language: str, form: str) -> None:
    days = [date(2018, 1, 1) + timedelta(days=37 * n) for n in range(60)]
    dates = parse([format_date(one, form, locale=language) for one in days])
    assert dates.days.tolist() == [(one - date(1970, 1, 1)).days for one in days]
    assert not dates.is_other.any()


def test_a_name_of_two_months_is_read_by_the_language_of_the_column_and_else_asked_about() -> None:
    assert parse(["3 listopada 2024", "3 sierpnia 2024"]).days[0] == day(2024, 11, 3)  # Polish
    assert parse(["3 listopada 2024", "3 kolovoza 2024"]).days[0] == day(2024, 10, 3)  # Croatian
    with pytest.raises(InputError, match="different months in different languages"):
        parse(["3 listopada 2024"])


@pytest.mark.parametrize(
    "texts",
    [
        ["令和6年3月5日"], ["民國113年3月5日"], ["R6.3.5"], ["5 มีนาคม พ.ศ. 2567"], ["5 มีนาคม 2567"],
        ["۱۴۰۲/۱۲/۱۵"], ["1402/12/15", "1403/01/02"],
    ],
)  # fmt: skip
def test_other_eras_are_asked_about(texts: list[str]) -> None:
    with pytest.raises(InputError, match="common era"):
        parse(texts)


@pytest.mark.parametrize("texts", [["05-Mar-24"], ["Mar 5 '24"], ["24年3月5日"], ["5. März 24"]])
def test_years_of_two_digits_are_asked_about_beside_names_too(texts: list[str]) -> None:
    with pytest.raises(InputError, match="two digits"):
        parse(texts)


def test_a_month_before_a_comma_is_first_unless_a_value_says_otherwise() -> None:
    assert parse(["01 03, 2024"]).days[0] == day(2024, 1, 3)
    assert parse(["01 03, 2024", "13 02, 2024"]).days[0] == day(2024, 3, 1)
    with pytest.raises(InputError):
        parse(["01 03, 2024", "01/03/2024"])


@pytest.mark.parametrize(
    "values", [[45356.60417, 45357], [45356, 45357], [45356.25, 45357.5], ["45356.60417", "45357"]]
)
def test_serial_numbers_of_spreadsheets(values: list) -> None:
    dates = parse(values)
    assert dates.form == "serial"
    assert np.floor(dates.days).tolist() == [day(2024, 3, 5), day(2024, 3, 6)]


@pytest.mark.parametrize(
    "values",
    [
        [45356, 12], [45356, 61000], [25000.5, 29999.99], [1709649000, 12], [1709649000, 1709649000000], ["1709649000", "45356"],
        [7e10, 8e10],
    ],
)  # fmt: skip
def test_numbers_are_dates_only_where_all_of_them_fit(values: list) -> None:
    assert parse(values).status.tolist() == [UNREADABLE] * len(values)


def test_an_epoch_may_hold_what_stands_for_no_date() -> None:
    dates = parse([1709649000, 0, None])
    assert dates.form == "epoch s"
    assert dates.status.tolist() == [OK, EPOCH_ZERO, MISSING]


def test_the_form_of_a_column_and_what_is_written_otherwise() -> None:
    dates = parse(["2024-03-05", "2024-03-06 14:30", "March 5, 2024", "7 mars 2024", "soon", None])
    assert dates.form == "y-M-d"
    assert dates.is_other.tolist() == [False, False, True, True, False, False]
    assert dates.status.tolist() == [OK] * 4 + [UNREADABLE, MISSING]


def test_dates_without_a_zone_are_counted_where_others_have_one():
    zoned = ["2024-01-01T23:30:00-05:00", "2024-01-02T04:30:00Z", "Tue, 2 Jan 2024 04:30:00 +0000"]
    dates = parse([*zoned, "2024-01-02 04:30:00", "2024-01-02T04:30:00", None, "no date"])
    assert set(dates.days[:5].tolist()) == {day(2024, 1, 2, 4, 30)}
    assert dates.naive_rows() == 2
    assert parse(["2024-01-02 04:30:00", "2024-01-02"]).naive_rows() == 0
    assert parse(zoned).naive_rows() == 0
