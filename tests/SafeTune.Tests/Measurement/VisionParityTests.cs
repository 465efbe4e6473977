using SafeTune.Measurement;
using Xunit.Abstractions;

namespace SafeTune.Tests.Measurement;

public sealed class VisionParityTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData("vit", 27)]
    [InlineData("swin", 28)]
    [InlineData("swin-padded", 28)]
    [InlineData("swin-odd", 1)]
    public void Every_output_and_gradient_is_within_tolerance(string golden, int outputs)
    {
        var rows = Parity.Run(Golden.Path(golden));

        foreach (var row in rows) output.WriteLine($"{row.Name} {row.Difference:E2} of {row.Tolerance:E2}");
        Assert.All(rows, row => Assert.True(row.Passed, $"{row.Name}: {row.Difference} above {row.Tolerance}"));
        Assert.Equal(outputs, rows.Count);
    }
}
