"""Dates: forms that are read, and those that are refused rather than guessed."""

from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pytest

from auditor.errors import InputError
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
        ("二〇二四年十二月三十一日", day(2024, 12, 31)),
    ],
)
def test_forms(text, expected):
    dates = parse([text])
    assert dates.status.tolist() == [OK]
    assert dates.days[0] == pytest.approx(expected, abs=1 / 86_400)


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("", MISSING), (None, MISSING), ("NaT", MISSING), ("n/a", MISSING),
        ("2025-02-30", UNREADABLE), ("2024-13-01", UNREADABLE), ("soon", UNREADABLE), ("3/2024", UNREADABLE),
        ("Thu, 04 Jul 0102 10:00:00 +0000", UNREADABLE),
        ("5 March", UNREADABLE), ("March 2024 or so", UNREADABLE), ("14:30", UNREADABLE), ("2024年13月1日", UNREADABLE),
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
