namespace SafeTune.Tests.Build;

/// <summary><c>dotnet cake</c>: build.cake hands everything on.</summary>
public sealed class CakeScriptTests
{
    [Fact]
    public void A_dry_run_stays_one()
    {
        var run = Cake("--target=Default", "--dryrun");
        Assert.Equal(0, run.Code);
        Assert.Contains("This was a dry run", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("Targets:", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_exit_code_is_kept() => Assert.Equal(2, Cake("--target=NoSuchTarget").Code);

    [Fact]
    public void Arguments_arrive_in_both_spellings() => Assert.Equal(0, Cake("--target", "Default", "--scale", "mini", "--rows=lora,safe").Code);

    private static Command Cake(params string[] arguments) => Command.Run("dotnet", ["cake", .. arguments]);
}
