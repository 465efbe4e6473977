using System.Diagnostics;
using System.Globalization;
using SafeTune.Reproduction.Cells;
using SafeTune.Reproduction.Results;

namespace SafeTune.Reproduction.Running;

/// <summary>Progress over all cells: a line for each that ends, with the time left, and one now and then for those under way. Several lanes may write to it.</summary>
internal sealed class ProgressBoard(IReadOnlyList<Cell> cells, TextWriter output)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(15);
    private readonly bool _severalModels = cells.Select(cell => cell.Key.Model).Distinct().Count() > 1;
    private readonly bool _severalTables = cells.Select(cell => cell.Key.Table).Distinct().Count() > 1;
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly Dictionary<Cell, double> _underWay = [];
    private readonly double _all = cells.Sum(Work);
    private double _done, _trained;
    private int _count, _before;
    private TimeSpan _last;

    /// <summary>For the lines of a single training.</summary>
    public TextWriter Output { get; } = TextWriter.Synchronized(output);

    /// <summary>A cell by name, as short as it can be.</summary>
    public string Name(Cell cell) => $"{(_severalTables ? cell.Key.Table + ", " : "")}{(_severalModels ? cell.Key.Model + ", " : "")}{cell.Key}";

    /// <summary>A cell by number and name.</summary>
    public string Title(Cell cell) => FormattableString.Invariant($"[{Number(cell)}/{cells.Count}] {Name(cell)}");

    public void Busy(Cell cell) => Output.WriteLine($"{Name(cell)}: another process is at it; going on with the others and coming back.");

    public void Began(Cell cell)
    {
        lock (_clock) _underWay[cell] = 0;
    }

    /// <summary>How far a cell is; written at most every few seconds.</summary>
    public void Step(Cell cell, int step, int steps)
    {
        lock (_clock)
        {
            _underWay[cell] = (double)step / steps;
            if (_clock.Elapsed - _last < Pause)
                return;
            string running = string.Join(", ", _underWay.Select(each => string.Create(CultureInfo.InvariantCulture, $"{Name(each.Key)} {each.Value:0 %}")));
            Line(FormattableString.Invariant($"{_count} of {cells.Count} cells done{Left()}; under way: {running}"));
        }
    }

    public void Ended(Cell cell, CellEnd end, CellResult? result)
    {
        lock (_clock)
        {
            _underWay.Remove(cell);
            if (end is CellEnd.Stopped or CellEnd.Busy)
                return;
            _count++;
            _done += Work(cell);
            if (end == CellEnd.DoneBefore)
            {
                _before++;
                return;
            }

            _trained += Work(cell);
            Line($"{Title(cell)}: {Words(cell, end, result!)}{Left()}");
        }
    }

    /// <summary>What was found done, in one line.</summary>
    public void Close()
    {
        if (_before > 0)
            Output.WriteLine(FormattableString.Invariant($"{_before} of {cells.Count} cells were done before."));
    }

    private static string Words(Cell cell, CellEnd end, CellResult result)
    {
        ResultRow row = result.Rows.FirstOrDefault(each => each.Metric == cell.Column.Metric) ?? result.Rows[0];
        if (end is CellEnd.Failed or CellEnd.Refused)
            return $"{row.Status}, {row.Reason}";
        string frozen = row.FrozenFraction is > 0 and var share ? string.Create(CultureInfo.InvariantCulture, $", {share:0 %} of the blocks frozen") : "";
        double seconds = (result.Run?.TrainSeconds + result.Run?.ProbeSeconds + result.Run?.EvalSeconds) ?? 0;
        return string.Create(CultureInfo.InvariantCulture, $"{row.Metric} {row.Value:0.00}{frozen}, {ProgressLines.Duration(seconds)}");
    }

    // From the work that was really trained so far; what is under way counts for the part that is done.
    private string Left()
    {
        double trained = _trained + _underWay.Sum(each => each.Value * Work(each.Key));
        double left = _all - _done - (trained - _trained);
        return trained <= 0 || left <= 0 ? "" : $"; about {ProgressLines.Duration(_clock.Elapsed.TotalSeconds / trained * left)} left";
    }

    private int Number(Cell cell)
    {
        for (int i = 0; i < cells.Count; i++)
        {
            if (ReferenceEquals(cells[i], cell))
                return i + 1;
        }

        return 0;
    }

    private static double Work(Cell cell) => (double)cell.Column.Epochs * cell.Data.Train.Examples.Count;

    private void Line(string text)
    {
        _last = _clock.Elapsed;
        Output.WriteLine(text);
        Output.Flush();
    }
}
