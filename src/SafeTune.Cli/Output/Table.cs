using Spectre.Console;

namespace SafeTune.Cli.Output;

/// <summary>Rows for people: a drawn table on a terminal, aligned columns elsewhere.</summary>
internal static class Table
{
    public static void Write(Session session, IReadOnlyList<string> header, IEnumerable<IReadOnlyList<string>> rows)
    {
        IReadOnlyList<string>[] all = [.. rows];
        if (session.IsTerminal) Draw(session.Output, header, all);
        else Align(session.Output, [header, .. all]);
    }

    private static void Draw(TextWriter output, IReadOnlyList<string> header, IReadOnlyList<string>[] rows)
    {
        var table = new Spectre.Console.Table().Border(TableBorder.Rounded);
        foreach (var name in header) table.AddColumn(Markup.Escape(name));
        foreach (var row in rows) table.AddRow([.. row.Select(Markup.Escape)]);
        AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) }).Write(table);
    }

    private static void Align(TextWriter output, IReadOnlyList<IReadOnlyList<string>> rows)
    {
        int[] widths = [.. Enumerable.Range(0, rows[0].Count).Select(column => rows.Max(row => row[column].Length))];
        foreach (var row in rows) output.WriteLine(string.Join("  ", row.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd());
    }
}
