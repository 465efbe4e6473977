namespace StandIns.Tests.Snapshots;

public sealed class ComparerTests : SnapshotTests
{
    private static readonly StringCompare IgnoresCase = (received, verified, _) =>
        Task.FromResult(new CompareResult(string.Equals(received, verified, StringComparison.OrdinalIgnoreCase)));

    private SettingsTask Verified(string text, string extension = "csv") => Verifier.Verify(text, extension).UseDirectory(Folder).UseFileName("a");

    [Fact]
    public async Task A_registered_comparer_judges_its_extension()
    {
        VerifierSettings.RegisterStringComparer("csv", IgnoresCase);
        Put("a.verified.csv", "A,B");
        await Verified("a,b");
        Assert.Equal(["a.verified.csv"], Left);
        Assert.Equal("A,B", Read("a.verified.csv"));
    }

    [Fact]
    public async Task A_registered_comparer_judges_no_other_extension()
    {
        VerifierSettings.RegisterStringComparer("csv", IgnoresCase);
        Put("a.verified.txt", "A,B");
        await Failure(Verified("a,b", "txt"));
    }

    [Fact]
    public async Task The_default_comparer_judges_what_has_none()
    {
        VerifierSettings.SetDefaultStringComparer(IgnoresCase);
        Put("a.verified.txt", "A,B");
        await Verified("a,b", "txt");
    }

    [Fact]
    public async Task A_settings_comparer_comes_before_the_registered_one()
    {
        VerifierSettings.RegisterStringComparer("csv", (_, _, _) => Task.FromResult(CompareResult.NotEqual("registered")));
        Put("a.verified.csv", "A,B");
        await Verified("a,b").UseStringComparer(IgnoresCase);
    }

    [Fact]
    public async Task Equal_texts_need_no_comparer()
    {
        Put("a.verified.csv", "a,b");
        await Verified("a,b").UseStringComparer((_, _, _) => throw new InvalidOperationException());
    }

    [Fact]
    public async Task A_comparer_gets_the_context()
    {
        var settings = new VerifySettings { Context = { ["tolerance"] = 2 } };
        Put("a.verified.csv", "verified");
        object? seen = null;
        settings.UseStringComparer((received, verified, context) =>
        {
            seen = (received, verified, context["tolerance"]);
            return Task.FromResult(CompareResult.Equal);
        });
        await Verifier.Verify("received", "csv", settings).UseDirectory(Folder).UseFileName("a");
        Assert.Equal(("received", "verified", (object)2), seen);
    }

    [Fact]
    public async Task A_comparer_that_fails_names_the_files()
    {
        Put("a.verified.csv", "A,B");
        var failure = await Assert.ThrowsAnyAsync<Exception>(Verified("a,b").UseStringComparer((_, _, _) => throw new FormatException("row 3")).ToTask);
        Assert.Equal(
            $"Failed to compare files:\nReceivedPath: {Path.Combine(Folder, "a.received.csv")}\nVerifiedPath: {Path.Combine(Folder, "a.verified.csv")}", failure.Message);
        Assert.Equal("row 3", failure.InnerException?.Message);
    }

    [Fact]
    public async Task After_the_first_verification_it_is_too_late_to_register()
    {
        await Verified("a,b").AutoVerify();
        var failure = Assert.ThrowsAny<Exception>(() => VerifierSettings.RegisterStringComparer("csv", IgnoresCase));
        Assert.Contains("must be called prior to any Verify has run", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_extension_has_no_period() =>
        Assert.ThrowsAny<ArgumentException>(() => VerifierSettings.RegisterStringComparer(".csv", IgnoresCase));

    [Fact]
    public async Task A_registered_stream_comparer_judges_binary_files()
    {
        VerifierSettings.RegisterStreamComparer("bin", (received, verified, _) => Task.FromResult(
            received.Length == verified.Length ? CompareResult.Equal : CompareResult.NotEqual($"{received.Length} bytes, not {verified.Length}")));
        File.WriteAllBytes(Path.Combine(Folder, "a.verified.bin"), [1, 2]);
        await Verifier.Verify([3, 4], "bin").UseDirectory(Folder).UseFileName("a");
        Reset();
        VerifierSettings.RegisterStreamComparer("bin", (_, _, _) => Task.FromResult(CompareResult.NotEqual("other bytes")));
        Assert.Contains("Compare Result:\nother bytes\n", await Failure(Verifier.Verify([3, 4], "bin").UseDirectory(Folder).UseFileName("a")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new byte[] { 1, 2 }, true)]
    [InlineData(new byte[] { 1, 3 }, false)]
    [InlineData(new byte[] { 1, 2, 3 }, false)]
    public async Task Binary_files_are_compared_byte_by_byte(byte[] received, bool equal)
    {
        File.WriteAllBytes(Path.Combine(Folder, "a.verified.bin"), [1, 2]);
        var verification = Verifier.Verify(received, "bin").UseDirectory(Folder).UseFileName("a");
        Assert.Equal(equal, await Record.ExceptionAsync(verification.ToTask) is null);
        Assert.Equal(equal ? ["a.verified.bin"] : ["a.received.bin", "a.verified.bin"], Left);
    }
}
