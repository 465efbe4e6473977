namespace SafeTune.Tests.Build;

/// <summary>What the build makes of Cake's host, whose own arguments and exit codes differ between its versions.</summary>
public sealed class HostTests
{
    [Theory]
    [InlineData("--no-report")]
    [InlineData("--Settings_NoReport=true")]
    public void The_hosts_own_arguments_are_no_unknown_ones(string argument) => Assert.Equal(0, Command.Build("--target=Default", argument).Code);

    /// <summary>The host's own code is 1 for the folder and -1 for the word.</summary>
    [Theory]
    [InlineData("--working=/no/such/folder")]
    [InlineData("--verbosity=loud")]
    public void A_failure_of_the_host_itself_ends_with_1(string argument) => Assert.Equal(1, Command.Build("--target=Default", argument).Code);

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(3, 3)]
    [InlineData(130, 130)]
    [InlineData(255, 1)]
    [InlineData(-1, 1)]
    public void A_code_that_is_none_of_ours_means_1(int hosts, int ours) => Assert.Equal(ours, global::Build.ExitCode.OfHost(hosts));

    [Fact]
    public void An_argument_that_nobody_knows_ends_with_2() => Assert.Equal(2, Command.Build("--target=Default", "--no-raport").Code);
}
