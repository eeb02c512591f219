"""Tables of numbers in the ways that people save them."""

import numpy as np
import pytest

from orbitopt.tables import decoded, numbered_lines, numbers, parse_table


def parsed(text):
    return parse_table(numbered_lines(text))


@pytest.mark.parametrize(
    "data",
    [
        "é,x".encode(),
        "\ufeffé,x".encode(),
        "é,x".encode("utf-16"),
        "\ufeffé,x".encode("utf-16-be"),
        "é,x,y,z".encode("utf-16-le"),
        "é,x,y,z".encode("utf-16-be"),
        "é,x".encode("latin-1"),
    ],
)
def test_common_encodings(data):
    assert decoded(data).lstrip("\ufeff")[:3] == "é,x"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"PK\x03\x04...", "a spreadsheet or another zip file, not a plain-text table. Save the table as CSV"),
        (b"\xd0\xcf\x11\xe0\xa1", "a spreadsheet"),
        (b"%PDF-1.7", "a PDF file"),
        (b"\x1f\x8b\x08", "a compressed file"),
        (b"\x89PNG\r\n", "a picture"),
        (b"<!doctype html>", "a web page or XML, not a plain-text table. Save the table as CSV"),
        (b' {"x": [1]}', "JSON"),
        (b"[[1, 2]]", "JSON"),
        (b"x,y\r\n1,2\r\n\x01", "line 3: the file is not plain text"),
        (b"0" * 20_000_001, "at most 20,000,000 bytes, got 20,000,001"),
    ],
)
def test_what_is_no_table_in_text_is_refused_with_its_kind(data, message):
    with pytest.raises(ValueError, match=message):
        decoded(data)


@pytest.mark.parametrize(
    "text",
    [
        "x,y\n1.5,2\n3,4",
        "x;y\r\n1.5;2\r\n3;4",
        "x\ty\r1.5\t2\r3\t4\r",
        "x y\n 1.5   2\n3 4 ",
        "sep=;\nx;y\n1.5;2\n3;4",
        "sep=|\nx|y\n1.5|2\n3|4",
        "# x,y\n1.5,2\n3,4",
        "# made on Monday\n# x y\n1.5,2\n3,4",
        "# note\nx, y\n% 9,9\n1.5, 2\n// more, \"and\n\n,\n3, 4\n",
        '"x","y"\n"1.5","2"\n"3","4"',
        "A table of Monday\nx,y\n1.5,2\n3,4",
    ],
)
def test_the_same_table_in_many_forms(text):
    table = parsed(text)
    assert table.heading == ["x", "y"]
    assert table.rows == [["1.5", "2"], ["3", "4"]]
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    assert ["3" in lines[line - 1] for line in table.lines] == [False, True]


def test_lines_above_the_last_before_the_numbers_are_kept_for_titles_and_units():
    table = parsed("Orbit,\nx,y\nkm,m\n1,2")
    assert (table.heading, table.above) == (["km", "m"], [["Orbit", ""], ["x", "y"]])


def test_a_unit_in_brackets_belongs_to_the_name_before_it_also_between_spaces():
    assert parsed("t x (10^8 km) y[AU]\n1 2 3").heading == ["t", "x (10^8 km)", "y[AU]"]
    assert parsed("# x (km), y (km)\n1 2").heading == ["x (km)", "y (km)"]


def test_decimal_commas_between_spaces_are_no_separators():
    assert parsed("x y\n0,5 1,5\n1,5 2").rows == [["0,5", "1,5"], ["1,5", "2"]]
    assert parsed("x y\n5, 15\n15, 2").rows == [["5", "15"], ["15", "2"]]


def test_a_table_without_names_has_no_heading():
    table = parsed("1,2\n3,4")
    assert (table.heading, table.heading_line, table.lines) == ([], 1, [1, 2])


@pytest.mark.parametrize(("above", "in_comment"), [("# x,y", True), ("x,y", False), ("", False)])
def test_names_from_a_comment_are_marked(above, in_comment):
    assert parsed(f"{above}\n1,2\n").in_comment == in_comment


def test_an_error_of_a_spreadsheet_is_a_cell_and_no_comment():
    assert parsed("x,y\n1,2\n#NUM!,0.5\n").rows[1] == ["#NUM!", "0.5"]


def test_short_rows_have_empty_cells():
    assert parsed("x,y\n1,2\n3").texts(1) == ["2", ""]


def test_an_open_quotation_mark_is_refused_with_its_line():
    with pytest.raises(ValueError, match="line 3: a quotation mark is not closed"):
        parsed('x,y\n1,2\n"1,2')


@pytest.mark.parametrize(
    ("cells", "values"),
    [
        (["1.5", "-2e-3", "+.5", "3."], [1.5, -0.002, 0.5, 3.0]),
        (["1.5D+03", "1d2"], [1500.0, 100.0]),
        (["1,5", "2,25"], [1.5, 2.25]),
        (["0,995", "1,234"], [0.995, 1.234]),
        (["148,849,881", "-1,234.5"], [148849881.0, -1234.5]),
        (["148.849.881", "-1.234,5"], [148849881.0, -1234.5]),
        (["148 849 881", "1'234"], [148849881.0, 1234.0]),
    ],
)
def test_numbers_as_people_write_them(cells, values):
    np.testing.assert_array_equal(numbers({"x": cells}, range(len(cells)))[:, 0], values)


def test_a_real_minus_sign_is_a_minus():
    assert parsed("x,y\n−1,–2\n").rows == [["-1", "-2"]]


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        (["1", ""], "line 8: x is missing"),
        (["1", "far"], "line 8: x must be a number, got 'far'. Correct or delete this line"),
        (["1", "1_000"], "line 8: x must be a number"),
        (["1", "１"], "line 8: x must be a number"),
        (["1", "#NUM!"], "line 8: x must be a number, got '#NUM!'"),
        (["1", "nan"], "line 8: x must be finite"),
        (["1", "-Infinity"], "line 8: x must be finite"),
        (["1", "1e999"], "line 8: x must be finite, got '1e999'"),
        (["1,234", "2,345"], "line 7: x = '1,234' can mean 1.234 or 1234. Write 1234 without a thousands separator"),
        (["1,5", "1.5"], "line 8: x must be a number, got '1.5'"),
    ],
)
def test_cells_that_are_no_numbers_are_refused_with_their_line(cells, message):
    with pytest.raises(ValueError, match=message):
        numbers({"x": cells}, [7, 8])


def test_a_comma_means_the_same_in_all_columns():
    np.testing.assert_array_equal(numbers({"x": ["0,5"], "y": ["1,234"]}, [1]), [[0.5, 1.234]])


def test_files_beyond_all_bounds_are_refused():
    with pytest.raises(ValueError, match="at most 500,000 lines, got 600,000"):
        numbered_lines("\n" * 600_000)
    with pytest.raises(ValueError, match="line 2: the line has 2,001 cells, and at most 1,000 are accepted. Keep only"):
        parsed("x,y\n" + "1," * 2000 + "1")


@pytest.mark.parametrize("cell", ["1" * 100_000 + "x", "1,234" * 20_000, "1 " * 60_000, "x" + " " * 100_000 + "y"])
def test_long_cells_do_not_hang(cell):
    with pytest.raises(ValueError, match="must be a number"):
        numbers({"x": [cell]}, [1])
    parsed(f"x;y\n{cell};1")
