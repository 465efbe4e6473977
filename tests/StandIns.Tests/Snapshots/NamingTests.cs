namespace StandIns.Tests.Snapshots;

public sealed class NamingTests : SnapshotTests
{
    [Fact]
    public async Task A_snapshot_lies_beside_its_test()
    {
        var result = await Verifier.Verify("The test's class, its method, .verified and the extension make the name.\n");
        Assert.Equal(
            Path.Combine(Repository.Root, "tests", "StandIns.Tests", "Snapshots", "NamingTests.A_snapshot_lies_beside_its_test.verified.txt"),
            Assert.Single(result.Files));
    }

    [Fact]
    public async Task UseDirectory_is_relative_to_the_source_file_and_made()
    {
        var relative = Path.GetRelativePath(Path.Combine(Repository.Root, "tests", "StandIns.Tests", "Snapshots"), Path.Combine(Folder, "new"));
        await Failure(Verifier.Verify("text").UseDirectory(relative).UseFileName("a"));
        Assert.True(File.Exists(Path.Combine(Folder, "new", "a.received.txt")));
    }

    [Fact]
    public Task UseTypeName_replaces_the_type() => IsNamed("Other.UseTypeName_replaces_the_type", verification => verification.UseTypeName("Other"));

    [Fact]
    public Task UseMethodName_replaces_the_method() => IsNamed("NamingTests.Other", verification => verification.UseMethodName("Other"));

    [Fact]
    public Task UseFileName_replaces_both() => IsNamed("other", verification => verification.UseFileName("other"));

    [Theory]
    [InlineData("a/b", 0.5)]
    public Task Parameters_follow_the_method(string text, double number) =>
        IsNamed("NamingTests.Parameters_follow_the_method_text=a-b_number=0.5", verification => verification.UseParameters(text, number));

    [Theory]
    [InlineData("a", 1)]
    public Task Fewer_parameters_are_the_first_ones(string text, int number) =>
        IsNamed($"NamingTests.Fewer_parameters_are_the_first_ones_text={text[..number]}", verification => verification.UseParameters(text));

    [Theory]
    [InlineData(new[] { 1, 2 })]
    public Task An_array_is_one_parameter(int[] numbers) =>
        IsNamed("NamingTests.An_array_is_one_parameter_numbers=1,2", verification => verification.UseParameters(numbers));

    [Theory]
    [InlineData(7)]
    public Task UseTextForParameters_stands_in_their_place(int number) =>
        IsNamed("NamingTests.UseTextForParameters_stands_in_their_place_seven", verification => verification.UseTextForParameters(number == 7 ? "seven" : ""));

    [Fact]
    public async Task More_parameters_than_the_method_has_are_refused() => Assert.Contains(
        "must be fewer than the number of parameters",
        (await Assert.ThrowsAnyAsync<Exception>(Verifier.Verify("text").UseDirectory(Folder).UseParameters(1).ToTask)).Message,
        StringComparison.Ordinal);

    [Fact]
    public Task DerivePathInfo_decides_for_all_tests()
    {
        Verifier.DerivePathInfo((source, project, type, method) => new(
            Folder, $"{Path.GetFileName(source)}-{Path.GetFileName(Path.TrimEndingDirectorySeparator(project))}", $"{type.Name}-{method.Name}"));
        return LeavesOnly("NamingTests.cs-StandIns.Tests.NamingTests-DerivePathInfo_decides_for_all_tests", Verifier.Verify("text"));
    }

    [Fact]
    public Task A_project_relative_folder_can_hold_all_snapshots()
    {
        Verifier.UseProjectRelativeDirectory(Path.GetRelativePath(Path.Combine(Repository.Root, "tests", "StandIns.Tests"), Folder));
        return LeavesOnly("NamingTests.A_project_relative_folder_can_hold_all_snapshots", Verifier.Verify("text"));
    }

    [Fact]
    public async Task One_name_is_verified_once()
    {
        await Verifier.Verify("text").UseDirectory(Folder).AutoVerify();
        var second = await Assert.ThrowsAnyAsync<Exception>(Verifier.Verify("text").UseDirectory(Folder).ToTask);
        Assert.StartsWith("The prefix has already been used", second.Message, StringComparison.Ordinal);
        await Verifier.Verify("text").UseDirectory(Folder).DisableRequireUniquePrefix();
    }

    [Fact]
    public void UseFileName_leaves_no_place_for_the_other_names()
    {
        var settings = new VerifySettings();
        settings.UseFileName("a");
        Assert.ThrowsAny<Exception>(() => settings.UseTypeName("b"));
        Assert.ThrowsAny<Exception>(() => settings.UseMethodName("b"));
        Assert.ThrowsAny<Exception>(() => settings.UseParameters("b"));
        var named = new VerifySettings();
        named.UseTypeName("a");
        Assert.ThrowsAny<Exception>(() => named.UseFileName("b"));
    }

    [Theory]
    [InlineData("a/b")]
    [InlineData("a:b")]
    [InlineData("")]
    public void Names_that_no_file_can_have_are_refused(string name)
    {
        Assert.ThrowsAny<ArgumentException>(() => new VerifySettings().UseFileName(name));
        Assert.ThrowsAny<ArgumentException>(() => new VerifySettings().UseTypeName(name));
        Assert.ThrowsAny<ArgumentException>(() => new VerifySettings().UseMethodName(name));
    }

    public sealed class Inner : SnapshotTests
    {
        [Fact]
        public async Task A_nested_class_follows_its_outer_one()
        {
            await Failure(Verifier.Verify("text").UseDirectory(Folder));
            Assert.Equal(["NamingTests.Inner.A_nested_class_follows_its_outer_one.received.txt"], Left);
        }
    }

    private Task IsNamed(string name, Func<SettingsTask, SettingsTask> change) => LeavesOnly(name, change(Verifier.Verify("text").UseDirectory(Folder)));

    private async Task LeavesOnly(string name, SettingsTask verification)
    {
        await Failure(verification);
        Assert.Equal([$"{name}.received.txt"], Left);
    }
}
