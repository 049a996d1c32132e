"""What commands print; see the two modules."""

from omni.cli._output._lines import (
    OutputError as OutputError,
    Row as Row,
    as_json as as_json,
    cell as cell,
    clean as clean,
    clean_lines as clean_lines,
    print_json as print_json,
    print_line as print_line,
    print_lines as print_lines,
    print_row as print_row,
    print_rows as print_rows,
    print_views as print_views,
    progress_bars as progress_bars,
)
