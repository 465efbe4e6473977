namespace SafeTune.Training;

/// <summary>A learning rate that rises linearly from 0 in the warm-up and falls linearly to 0 at the end, as Hugging Face's linear schedule.</summary>
public sealed class LinearSchedule(double peak, int warmUpSteps, int totalSteps)
{
    /// <summary>The rate of step <paramref name="step"/>, counted from 0.</summary>
    public double Rate(int step) => step < warmUpSteps
        ? peak * step / Math.Max(1, warmUpSteps)
        : peak * Math.Max(0, totalSteps - step) / Math.Max(1, totalSteps - warmUpSteps);
}
