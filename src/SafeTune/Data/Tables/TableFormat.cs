namespace SafeTune.Data;

/// <summary>How a user's table is written; decided by the file's extension.</summary>
public enum TableFormat
{
    /// <summary>
    /// .csv: commas (or semicolons, where the header has them and no comma), double quotes around fields that need them (RFC 4180),
    /// names of the columns in the first line.
    /// </summary>
    Csv,

    /// <summary>.tsv, .tab: tabs, no quoting (a double quote is text), names of the columns in the first line.</summary>
    Tsv,

    /// <summary>.jsonl, .ndjson: a JSON object a line.</summary>
    JsonLines,
}
