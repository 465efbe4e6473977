namespace SafeTune.Tests;

/// <summary>A test of real data or a real model: skipped, with the reason, where there is no hub folder.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class HubFactAttribute : FactAttribute
{
    public HubFactAttribute()
    {
        if (Golden.Hub is null)
        {
            Skip = "needs a hub folder: set SAFETUNE_HUB, or put it at ../shared/hub beside the repository";
        }
    }
}
