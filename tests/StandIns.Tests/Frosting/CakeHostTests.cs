using Cake.Frosting;
using Microsoft.Extensions.DependencyInjection;
using Spectre.Console;

namespace StandIns.Tests.Frosting;

public sealed class CakeHostTests
{
    private static readonly Type[] Chain = [typeof(Everything), typeof(Compile), typeof(Fetch)];

    [Fact]
    public void Dependencies_run_first_and_once()
    {
        var build = new TestBuild(Chain);
        Assert.Equal(0, build.Run());
        Assert.Equal(["Fetch", "Compile", "Everything"], build.Notes);
    }

    [Fact]
    public void Exclusive_leaves_the_dependencies_out()
    {
        var build = new TestBuild(Chain);
        Assert.Equal(0, build.Run("--exclusive", "--target", "Compile"));
        Assert.Equal(["Compile"], build.Notes);
    }

    [Fact]
    public void A_dry_run_shows_the_order_and_runs_nothing()
    {
        var build = new TestBuild(Chain);
        Assert.Equal(0, build.Run("--dryrun"));
        Assert.Empty(build.Notes);
        Assert.Contains("1. Fetch", build.Output, StringComparison.Ordinal);
        Assert.Contains("2. Compile", build.Output, StringComparison.Ordinal);
        Assert.Contains("3. Default", build.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_tree_shows_dependencies_and_runs_nothing()
    {
        var build = new TestBuild(Chain);
        Assert.Equal(0, build.Run("--tree"));
        Assert.Empty(build.Notes);
        Assert.Contains("Default", build.Output, StringComparison.Ordinal);
        Assert.Contains("Compile", build.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Descriptions_are_shown_and_nothing_runs()
    {
        using var written = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(written) });
        var build = new TestBuild(typeof(Fetch)).With(host => host.ConfigureServices(services => services.AddSingleton(console)));
        Assert.Equal(0, build.Run("--description"));
        Assert.Empty(build.Notes);
        Assert.Contains("Fetches what is needed", written.ToString(), StringComparison.Ordinal);
    }

    // Cake wraps what a target throws and forgets its exit code: build/ therefore keeps its own.
    [Theory]
    [InlineData(nameof(EndsWithThree))]
    [InlineData(nameof(Fails))]
    [InlineData("NoSuchTarget")]
    public void A_failing_target_ends_with_1(string target) =>
        Assert.Equal(1, new TestBuild(typeof(EndsWithThree), typeof(Fails)).Run($"--target={target}"));

    [Fact]
    public void A_context_that_cannot_be_made_ends_with_its_exit_code() =>
        Assert.Equal(2, new TestBuild(typeof(Fetch)).With(host => host.UseContext<RefusingContext>()).Run("--target=Fetch"));

    [Fact]
    public void Arguments_that_are_not_the_hosts_reach_the_context()
    {
        var build = new TestBuild(typeof(Arguments));
        Assert.Equal(0, build.Run("--target=Arguments", "--scale=mini", "--rows", "lora,safe", "--force"));
        Assert.Contains("scale=mini", build.Notes);
        Assert.Contains("rows=lora,safe", build.Notes);
        Assert.Contains("force=", build.Notes);
    }

    [Fact]
    public void The_command_line_may_name_a_working_folder()
    {
        using var asked = new TemporaryFolder();
        var build = new TestBuild(typeof(Folder));
        var before = Environment.CurrentDirectory;
        try
        {
            build.Run("--target=Folder", $"--working={asked.Path}");
        }
        finally
        {
            Environment.CurrentDirectory = before;
        }

        Assert.Equal([asked.Path], build.Notes);
    }

    [Fact]
    public void A_working_folder_that_does_not_exist_ends_with_1() =>
        Assert.Equal(1, new TestBuild(typeof(Fetch)).Run("--target=Fetch", "--working=/no/such/folder"));
}
