using SafeTune.Training;

namespace SafeTune.Tests.Training.Optimization;

public sealed class LinearScheduleTests
{
    private const double Peak = 0.03;

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 0.25)]
    [InlineData(3, 0.75)]
    [InlineData(4, 1)]
    [InlineData(5, 5 / 6.0)]
    [InlineData(9, 1 / 6.0)]
    public void The_rate_rises_in_equal_steps_to_its_peak_and_falls_in_equal_steps_to_the_end(int step, double share) =>
        Assert.Equal(share * Peak, new LinearSchedule(Peak, warmUpSteps: 4, totalSteps: 10).Rate(step), 1e-15);

    [Fact]
    public void Without_a_warm_up_the_first_rate_is_the_peak() => Assert.Equal(Peak, new LinearSchedule(Peak, warmUpSteps: 0, totalSteps: 10).Rate(0));
}
