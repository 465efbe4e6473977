using System.Runtime.CompilerServices;
using System.Text;

namespace VerifyTests;

/// <summary>How one snapshot is named, scrubbed and compared.</summary>
public class VerifySettings
{
    private readonly List<Action<StringBuilder>> scrubbers;

    /// <summary>The defaults.</summary>
    public VerifySettings() : this(null)
    {
    }

    /// <summary>A copy.</summary>
    public VerifySettings(VerifySettings? settings)
    {
        scrubbers = [.. settings?.scrubbers ?? []];
        (Directory, FileName, Comparer) = (settings?.Directory, settings?.FileName, settings?.Comparer);
    }

    /// <summary>The folder of the snapshot, absolute or beside the test's source file; null for the source file's own.</summary>
    public string? Directory { get; private set; }

    internal string? FileName { get; private set; }

    internal StringCompare? Comparer { get; private set; }

    /// <summary>Sets the snapshot's folder, absolute or beside the test's source file.</summary>
    public void UseDirectory(string directory) => Directory = directory;

    /// <summary>Names the snapshot, in place of type and method.</summary>
    public void UseFileName(string fileName) => FileName = fileName;

    /// <summary>Compares texts that are not equal as they stand.</summary>
    public void UseStringComparer(StringCompare compare) => Comparer = compare;

    /// <summary>Changes the text before it is compared.</summary>
    public void AddScrubber(Action<StringBuilder> scrubber, ScrubberLocation location = ScrubberLocation.First) =>
        scrubbers.Insert(location == ScrubberLocation.First ? 0 : scrubbers.Count, scrubber);

    internal string Scrub(string received)
    {
        var text = new StringBuilder(received.TrimStart('\uFEFF'));
        foreach (var scrubber in scrubbers) scrubber(text);
        return Snapshot.Newlines(text.ToString());
    }
}

/// <summary>Whether a scrubber runs before or after those added earlier.</summary>
public enum ScrubberLocation
{
    /// <summary>Before.</summary>
    First,

    /// <summary>After.</summary>
    Last,
}

/// <summary>A verification that starts when it is awaited, so that its settings can be made by chained calls.</summary>
public class SettingsTask(VerifySettings? settings, Func<VerifySettings, Task<VerifyResult>> buildTask)
{
    private Task<VerifyResult>? task;

    /// <summary>The settings so far: a copy of those handed over.</summary>
    public VerifySettings CurrentSettings { get; } = new(settings);

    /// <inheritdoc cref="VerifySettings.UseDirectory"/>
    public SettingsTask UseDirectory(string directory) => With(used => used.UseDirectory(directory));

    /// <inheritdoc cref="VerifySettings.UseFileName"/>
    public SettingsTask UseFileName(string fileName) => With(used => used.UseFileName(fileName));

    /// <inheritdoc cref="VerifySettings.UseStringComparer"/>
    public SettingsTask UseStringComparer(StringCompare compare) => With(used => used.UseStringComparer(compare));

    /// <inheritdoc cref="VerifySettings.AddScrubber"/>
    public SettingsTask AddScrubber(Action<StringBuilder> scrubber, ScrubberLocation location = ScrubberLocation.First) =>
        With(used => used.AddScrubber(scrubber, location));

    /// <summary>Starts the verification.</summary>
    public Task<VerifyResult> ToTask() => task ??= buildTask(CurrentSettings);

    /// <inheritdoc cref="ToTask"/>
    public TaskAwaiter<VerifyResult> GetAwaiter() => ToTask().GetAwaiter();

    /// <inheritdoc cref="ToTask"/>
    public static implicit operator Task<VerifyResult>(SettingsTask settingsTask) => settingsTask.ToTask();

    private SettingsTask With(Action<VerifySettings> change)
    {
        change(CurrentSettings);
        return this;
    }
}

/// <summary>Settings for all snapshots, made in a module initializer.</summary>
public static class VerifierSettings
{
    internal static Encoding Encoding { get; private set; } = new UTF8Encoding(encoderShouldEmitUTF8Identifier: true);

    /// <summary>Writes texts without a byte order mark.</summary>
    public static void UseUtf8NoBom() => Encoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
}
