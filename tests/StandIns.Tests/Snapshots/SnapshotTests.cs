using VerifyTests.Internal;

namespace StandIns.Tests.Snapshots;

/// <summary>A folder for one test's snapshots, and settings as if the process had just begun.</summary>
public abstract class SnapshotTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    protected SnapshotTests() => Reset();

    protected string Folder => _folder.Path;

    /// <summary>The files that the test left, by name.</summary>
    protected string[] Left => [.. Directory.EnumerateFileSystemEntries(Folder).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)];

    public void Dispose()
    {
        Reset();
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }

    protected string Read(string file) => File.ReadAllText(Path.Combine(Folder, file));

    protected void Put(string file, string text) => File.WriteAllText(Path.Combine(Folder, file), text);

    /// <summary>Lets the test verify under the same name again.</summary>
    protected static void Reset()
    {
        VerifierSettings.Reset();
        Verifier.Reset();
        SnapshotName.Reset();
    }

    protected static async Task<string> Failure(SettingsTask verification)
    {
        var failure = await Assert.ThrowsAnyAsync<Exception>(verification.ToTask);
        Assert.Equal("VerifyException", failure.GetType().FullName);
        return failure.Message;
    }
}
