"""A report as CSV: one line per dimension."""

import csv
import io

from auditor.plugins import register_report_format
from auditor.report.formats.base import Report


class CsvReport:
    name, suffix, is_page = "csv", ".csv", False

    def render(self, report: Report) -> str:
        stream = io.StringIO()
        lines = csv.writer(stream, lineterminator="\n")
        lines.writerow(["dimension", "grade", "status"])
        for dimension in report.view.dimensions:
            lines.writerow([dimension.name, dimension.grade.letter, dimension.grade.word])
        return stream.getvalue()


register_report_format(CsvReport())
