"""The words of return files: what a rule, a fault of a line or a reason of refusal means to the council or provider, and what to do."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from cyplink.sources.model import Source
from cyplink.tables.model import Column, Severity, Table


@dataclass(frozen=True)
class Words:
    """One thing that can be wrong: its name or number, the columns it is about, what is wrong, what to do."""

    rule: str
    columns: tuple[str, ...]
    says: str
    to_do: str


_REASONS = {
    "checksum_differs": ("The file is not the one that its manifest states.", "Deliver the file and its manifest together again."),
    "file_missing": ("The manifest lists the file and it is not there.", "Deliver the file, or a manifest without it."),
    "file_is_empty": ("The file is empty.", "Deliver it with its rows; if there are none, with its header line."),
    "not_decodable": ("The file is text in no encoding we know.", "Save it as CSV in UTF-8."),
    "header_cannot_be_read": ("The header line cannot be read.", "Deliver it as CSV with one header line."),
    "header_missing": ("The file has no header line.", "Put the return's column names in the first line."),
    "header_names_repeat": ("Two columns have one name.", "Leave one of them out, or rename it."),
    "columns_missing": ("Columns of the return are missing.", "Deliver all columns of the return, blank where there is nothing to say."),
    "file_kind_unknown": ("The file is none of the return's.", "Leave it out, or give it the return's columns and name."),
    "kind_delivered_twice": ("Another file of this delivery is of the same kind.", "Deliver one file of each kind."),
    "file_cannot_be_read": ("The file cannot be read.", "Export it again."),
    "row_count_differs": ("The manifest states another number of rows than the file has.", "Check that the export was whole."),
    "byte_order_mark": ("The file begins with a byte order mark, which was passed over.", ""),
    "lines_not_utf_8": ("Some lines are not UTF-8.", "Save the file as CSV in UTF-8."),
    "decoded_as_windows_1252": ("The file is not UTF-8; it was read as Windows-1252.", "Save it as CSV in UTF-8."),
    "decoded_as_utf_16": ("The file is UTF-16, not UTF-8.", "Save it as CSV in UTF-8."),
    "workbook_is_damaged": ("The workbook cannot be read.", "Save it again as .xlsx and see that it opens."),
    "workbook_is_password_protected": ("The workbook is protected by a password.", "Save it without one; the delivery itself is protected."),
    "workbook_is_of_a_format_before_2007": ("The workbook is of the format before 2007.", "Save it as .xlsx."),
    "workbook_is_too_large_unpacked": ("The workbook holds more than can be a return.", "Leave out pictures and sheets that are not of the return."),
    "workbook_has_too_many_sheets": ("The workbook has too many sheets.", "Leave out those that are not of the return."),
    "sheet_has_too_many_rows": ("A sheet has too many rows.", "Delete what stands far below the list."),
    "sheet_has_too_many_columns": ("A sheet has too many columns.", "Delete what stands far to the right of the list."),
    "list_twice_in_the_workbook": ("A list is there twice; the first sheet was taken.", "Leave one of them out."),
    "sheet_passed_over": ("A sheet looks like a list and is none of the return's.", "Give it the return's headings, or leave it out."),
    "manifest_missing": ("The delivery has no manifest.json.", "Deliver it with its manifest."),
    "manifest_is_not_json": ("manifest.json cannot be read.", "Make the manifest again."),
    "manifest_is_for_another_folder": ("The manifest is of another source, controller or period than the folder it lies in.", "Deliver it to the folder it is for."),
    "manifest_lists_a_file_twice": ("The manifest lists a file twice.", "List each file once."),
}

_LINES = {
    "too_many_fields": ("The line has more fields than there are columns.", "Put values with a comma in them in quotation marks."),
    "too_few_fields": ("The line has fewer fields than there are columns.", "Check for a line break within a value, or a file cut short."),
    "unclosed_quote": ("A quotation mark is opened and not closed.", "Close it, or double it where it belongs to the value."),
    "misplaced_quote": ("A quotation mark stands within a value.", "Double it, and put the value in quotation marks."),
    "nul_byte": ("The line holds a zero byte.", "Export the file again."),
    "not_utf8": ("The line is not UTF-8.", "Save the file as CSV in UTF-8."),
    "value_given_twice": ("An element that can be there once is there twice.", "Give it once."),
    "text_too_long": ("A text is longer than a megabyte.", "Check for an element that is not closed."),
    "too_many_elements": ("A record has more elements than any can.", "Check for a record that is not closed."),
    "field_too_long": ("A value is longer than a megabyte.", "Check for a quotation mark that is not closed."),
}


def of_reason(reason: str) -> Words:
    """Why a file or delivery was refused, or what is odd about it: `reason`, or `reason: names of columns`."""
    name, _, what = reason.partition(": ")
    is_missing = name.endswith("columns_missing")
    said = _REASONS.get("columns_missing" if is_missing else name, (f"{name.replace('_', ' ').capitalize()}.", "Mend it and deliver again."))
    columns = tuple(what.split(", ")) if is_missing else ()
    says = f"{said[0][:-1]} ({what})." if what and not columns else said[0]
    return Words(name, columns, says, said[1])


def leaves_rows_out(reason: str) -> bool:
    """Whether an accepted file has rows that were not taken, for this reason: a list of a workbook."""
    name = reason.partition(":")[0]
    return name.endswith("columns_missing") or name in ("list_twice_in_the_workbook", "sheet_passed_over")


def of_rejected_line(rule: str) -> Words:
    """Why a line of a file could not be read as a row."""
    says, to_do = _LINES.get(rule, (f"{rule.replace('_', ' ').capitalize()}.", "Export the file again."))
    return Words(rule, (), says, to_do)


def of_return_rule(source: Source, file_kind: str, number: str, period: str) -> Words:
    """A published rule by its number, in the version in force in the period."""
    of_number = [rule for rule in source.rules if (rule.file_kind, rule.number) == (file_kind, number)]
    rule = next((one for one in of_number if one.is_in_force(period)), of_number[0] if of_number else None)
    if rule is None:
        return Words(number, (), "The rule is no longer in the return's rules.", "Check again at the next run.")
    return Words(number, rule.columns, rule.says, rule.to_do)


def of_table_rule(table: Table, name: str, header: Iterable[str]) -> tuple[Words, str]:
    """A rule of ours by the silver table's declaration, and whether a row that breaks it is `not used` or `used`.

    The columns are those of `header` that the declaration's words name; else the table's own, in words.
    """
    rule = next((rule for rule in table.rules if rule.name == name), None)
    severity = "used" if rule is not None and rule.severity is Severity.FLAG else "not used"
    column = next((column for column in table.columns if name in {of_column.name for of_column in column.rules()}), None)
    if column is not None:
        says, about = _of_column(column, name), column.description
    else:
        says = about = rule.meaning if rule is not None and rule.meaning else f"It does not hold that {name.replace('_', ' ')}."
        about = f"{about} {rule.condition if rule is not None else ''}"
    columns = named(about, header) or ((column.name.replace("_", " "),) if column is not None else ())
    return Words(name, columns, says, "Correct it and deliver again." if severity == "not used" else "Correct it, if it is wrong."), severity


def _of_column(column: Column, name: str) -> str:
    what = column.description.rstrip(".")
    if column.name == "record_id":
        return "The row does not say whose it is: it has no usable person id."
    if name.endswith("_is_present"):
        return f"Blank, or cannot be read: {what}."
    return f"Not a code or value of the return: {what}."


def named(words: str, header: Iterable[str]) -> tuple[str, ...]:
    """The column names that the words name; all-lower-case single words are words of the language too often."""
    telling = dict.fromkeys(name for name in header if name != name.lower() or "_" in name)
    return tuple(name for name in telling if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", words))
