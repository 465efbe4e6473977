using System.Globalization;
using System.Xml.Linq;

namespace Build;

/// <summary>Test counts, summed over the result files (TRX) of several test assemblies.</summary>
public sealed record TestTotals(int Passed, int Failed, int Skipped)
{
    /// <summary>Reads one file; a test that neither passed nor was skipped failed.</summary>
    public static TestTotals Read(string trx)
    {
        var counters = XDocument.Load(trx).Descendants().First(element => element.Name.LocalName == "Counters");
        var (total, executed, passed) = (Count("total"), Count("executed"), Count("passed"));
        return new TestTotals(passed, executed - passed, total - executed);

        int Count(string name) => int.Parse(counters.Attribute(name)!.Value, CultureInfo.InvariantCulture);
    }

    /// <summary>The sum of two.</summary>
    public static TestTotals operator +(TestTotals left, TestTotals right) =>
        new(left.Passed + right.Passed, left.Failed + right.Failed, left.Skipped + right.Skipped);

    /// <summary>The line that CI reads.</summary>
    public override string ToString() => FormattableString.Invariant($"{Passed} passed, {Failed} failed, {Skipped} skipped");
}
