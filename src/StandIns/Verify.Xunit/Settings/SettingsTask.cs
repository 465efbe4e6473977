using System.Runtime.CompilerServices;
using System.Text;

namespace VerifyTests;

/// <summary>A verification that starts when it is awaited, so that its settings can be made by chained calls.</summary>
public class SettingsTask(VerifySettings? settings, Func<VerifySettings, Task<VerifyResult>> buildTask)
{
    private Task<VerifyResult>? _task;

    /// <summary>The settings so far: a copy of those handed over.</summary>
    public VerifySettings CurrentSettings { get; } = new(settings);

    /// <inheritdoc cref="VerifySettings.UseDirectory"/>
    public SettingsTask UseDirectory(string directory) => With(used => used.UseDirectory(directory));

    /// <inheritdoc cref="VerifySettings.UseFileName"/>
    public SettingsTask UseFileName(string fileName) => With(used => used.UseFileName(fileName));

    /// <inheritdoc cref="VerifySettings.UseTypeName"/>
    public SettingsTask UseTypeName(string name) => With(used => used.UseTypeName(name));

    /// <inheritdoc cref="VerifySettings.UseMethodName"/>
    public SettingsTask UseMethodName(string name) => With(used => used.UseMethodName(name));

    /// <inheritdoc cref="VerifySettings.UseParameters(object?[])"/>
    public SettingsTask UseParameters(params object?[] parameters) => With(used => used.UseParameters(parameters));

    /// <inheritdoc cref="VerifySettings.UseParameters{T}(T)"/>
    public SettingsTask UseParameters<T>(T parameter) => With(used => used.UseParameters(parameter));

    /// <inheritdoc cref="VerifySettings.UseParameters{T}(T[])"/>
    public SettingsTask UseParameters<T>(T[] parameters) => With(used => used.UseParameters(parameters));

    /// <inheritdoc cref="VerifySettings.UseTextForParameters"/>
    public SettingsTask UseTextForParameters(string parametersText) => With(used => used.UseTextForParameters(parametersText));

    /// <inheritdoc cref="VerifySettings.DisableRequireUniquePrefix"/>
    public SettingsTask DisableRequireUniquePrefix() => With(used => used.DisableRequireUniquePrefix());

    /// <inheritdoc cref="VerifySettings.UseStringComparer"/>
    public SettingsTask UseStringComparer(StringCompare compare) => With(used => used.UseStringComparer(compare));

    /// <inheritdoc cref="VerifySettings.UseStreamComparer"/>
    public SettingsTask UseStreamComparer(StreamCompare compare) => With(used => used.UseStreamComparer(compare));

    /// <inheritdoc cref="VerifySettings.AddScrubber"/>
    public SettingsTask AddScrubber(Action<StringBuilder> scrubber, ScrubberLocation location = ScrubberLocation.First) =>
        With(used => used.AddScrubber(scrubber, location));

    /// <inheritdoc cref="VerifySettings.AutoVerify(bool, bool)"/>
    public SettingsTask AutoVerify(bool includeBuildServer = true, bool throwException = false) =>
        With(used => used.AutoVerify(includeBuildServer, throwException));

    /// <inheritdoc cref="VerifySettings.AutoVerify(VerifyTests.AutoVerify, bool, bool)"/>
    public SettingsTask AutoVerify(AutoVerify autoVerify, bool includeBuildServer = true, bool throwException = false) =>
        With(used => used.AutoVerify(autoVerify, includeBuildServer, throwException));

    /// <inheritdoc cref="VerifySettings.DisableDiff"/>
    public SettingsTask DisableDiff() => this;

    /// <summary>Starts the verification.</summary>
    public Task<VerifyResult> ToTask() => _task ??= buildTask(CurrentSettings);

    /// <inheritdoc cref="ToTask"/>
    public TaskAwaiter<VerifyResult> GetAwaiter() => ToTask().GetAwaiter();

    /// <inheritdoc cref="ToTask"/>
    public ConfiguredTaskAwaitable<VerifyResult> ConfigureAwait(bool continueOnCapturedContext) => ToTask().ConfigureAwait(continueOnCapturedContext);

    /// <inheritdoc cref="ToTask"/>
    public static implicit operator Task<VerifyResult>(SettingsTask settingsTask) => settingsTask.ToTask();

    private SettingsTask With(Action<VerifySettings> change)
    {
        change(CurrentSettings);
        return this;
    }
}
