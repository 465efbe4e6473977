using System.Text.Json;
using SafeTune.Freezing;
using Xunit.Abstractions;

namespace SafeTune.Tests.Freezing;

public sealed class FreezeScheduleTests(ITestOutputHelper output)
{
    [Fact]
    public void Tau_follows_equation_4()
    {
        var rows = JsonSerializer.Deserialize<double[][]>(File.ReadAllText(Golden.Path("schedule/cubic.json")))!;
        var largest = rows.Max(row => row is [var tauFinal, var warmUpEnd, var freezeEnd, var t, var tau]
            ? Math.Abs(FreezeSchedule.Cubic(tauFinal, warmUpEnd, freezeEnd, t) - tau)
            : throw new InvalidDataException("a row has five numbers"));
        output.WriteLine($"max difference {largest:R} in {rows.Length} rows");
        Assert.True(largest <= 1e-15);
    }

    [Theory]
    [InlineData(4, 4)]
    [InlineData(6, 4)]
    public void Tau_is_final_at_once_when_the_rise_would_end_before_it_begins(double warmUpEnd, double freezeEnd)
    {
        Assert.Equal(0, FreezeSchedule.Cubic(0.2, warmUpEnd, freezeEnd, warmUpEnd - 1));
        Assert.Equal(0.2, FreezeSchedule.Cubic(0.2, warmUpEnd, freezeEnd, warmUpEnd));
    }
}
