using System.Diagnostics.CodeAnalysis;
using System.Text;
using VerifyTests.Internal;

namespace VerifyTests;

/// <summary>How one snapshot is named, scrubbed, compared and accepted.</summary>
public class VerifySettings
{
    private readonly List<Action<StringBuilder>> _scrubbers;
    private StringCompare? _stringComparer;
    private StreamCompare? _streamComparer;
    private object?[]? _parameters;

    /// <summary>The defaults.</summary>
    public VerifySettings() : this(null)
    {
    }

    /// <summary>A copy.</summary>
    public VerifySettings(VerifySettings? settings)
    {
        _stringComparer = settings?._stringComparer;
        _streamComparer = settings?._streamComparer;
        _scrubbers = [.. settings?._scrubbers ?? []];
        _parameters = settings?._parameters;
        Context = new(settings?.Context ?? []);
        Directory = settings?.Directory;
        FileName = settings?.FileName;
        TypeName = settings?.TypeName;
        MethodName = settings?.MethodName;
        ParametersText = settings?.ParametersText;
        IsSharedNameAllowed = settings?.IsSharedNameAllowed ?? false;
        Accepts = settings?.Accepts;
        ThrowsOnAccept = settings?.ThrowsOnAccept ?? false;
    }

    /// <summary>Handed to the comparers.</summary>
    public Dictionary<string, object> Context { get; }

    /// <summary>The folder of the snapshot, absolute or beside the test's source file; null for the source file's own.</summary>
    public string? Directory { get; private set; }

    /// <summary>Whether the test's parameters have been handed over.</summary>
    public bool HasParameters => _parameters is not null;

    internal string? FileName { get; private set; }
    internal string? TypeName { get; private set; }
    internal string? MethodName { get; private set; }
    internal string? ParametersText { get; private set; }
    internal bool IsSharedNameAllowed { get; private set; }
    internal AutoVerify? Accepts { get; private set; }
    internal bool ThrowsOnAccept { get; private set; }

    /// <summary>The test's parameters, if they have been handed over.</summary>
    public bool TryGetParameters([NotNullWhen(true)] out object?[]? parameters) => (parameters = _parameters) is not null;

    /// <summary>Sets the snapshot's folder, absolute or beside the test's source file.</summary>
    public void UseDirectory(string directory) => Directory = Guard.NotEmpty(directory);

    /// <summary>Names the snapshot, in place of type, method and parameters.</summary>
    public void UseFileName(string fileName)
    {
        if (TypeName is not null || MethodName is not null || _parameters is not null || ParametersText is not null)
        {
            throw Incompatible(nameof(UseFileName), "UseTypeName, UseMethodName, UseParameters or UseTextForParameters");
        }

        FileName = Guard.FileName(fileName);
    }

    /// <summary>Names the snapshot's type part.</summary>
    public void UseTypeName(string name)
    {
        RefuseWithFileName(nameof(UseTypeName));
        TypeName = Guard.FileName(name);
    }

    /// <summary>Names the snapshot's method part.</summary>
    public void UseMethodName(string name)
    {
        RefuseWithFileName(nameof(UseMethodName));
        MethodName = Guard.FileName(name);
    }

    /// <summary>The values of the test's parameters, in their order, which the name must tell apart.</summary>
    public void UseParameters(params object?[] parameters)
    {
        RefuseWithFileName(nameof(UseParameters));
        if (ParametersText is not null)
        {
            throw Incompatible(nameof(UseParameters), nameof(UseTextForParameters));
        }

        if (parameters.Length == 0)
        {
            throw new ArgumentException("There must be at least one parameter.", nameof(parameters));
        }

        _parameters = parameters;
    }

    /// <inheritdoc cref="UseParameters(object?[])"/>
    public void UseParameters<T>(T parameter) => UseParameters([parameter]);

    /// <summary>One parameter that is an array.</summary>
    public void UseParameters<T>(T[] parameters) => UseParameters([(object?)parameters]);

    /// <summary>Stands in the name where the parameters would.</summary>
    public void UseTextForParameters(string parametersText)
    {
        RefuseWithFileName(nameof(UseTextForParameters));
        if (_parameters is not null)
        {
            throw Incompatible(nameof(UseTextForParameters), nameof(UseParameters));
        }

        ParametersText = Guard.FileName(parametersText);
    }

    /// <summary>Lets other verifications of this run have the same name.</summary>
    public void DisableRequireUniquePrefix() => IsSharedNameAllowed = true;

    /// <summary>Compares texts, whatever their extension.</summary>
    public void UseStringComparer(StringCompare compare) => _stringComparer = compare;

    /// <summary>Compares binary snapshots, whatever their extension.</summary>
    public void UseStreamComparer(StreamCompare compare) => _streamComparer = compare;

    /// <summary>Changes the text before it is compared.</summary>
    public void AddScrubber(Action<StringBuilder> scrubber, ScrubberLocation location = ScrubberLocation.First) =>
        _scrubbers.Insert(location == ScrubberLocation.First ? 0 : _scrubbers.Count, scrubber);

    /// <summary>Accepts whatever comes.</summary>
    /// <param name="includeBuildServer">False: not on a build server.</param>
    /// <param name="throwException">Fail after accepting.</param>
    public void AutoVerify(bool includeBuildServer = true, bool throwException = false) => AutoVerify(_ => true, includeBuildServer, throwException);

    /// <summary>Accepts what the delegate says, by the verified file's path.</summary>
    /// <inheritdoc cref="AutoVerify(bool, bool)" path="/param"/>
    public void AutoVerify(AutoVerify autoVerify, bool includeBuildServer = true, bool throwException = false)
    {
        if (includeBuildServer || !BuildServer.IsHere)
        {
            Accepts = autoVerify;
            ThrowsOnAccept = throwException;
        }
    }

    /// <summary>Without effect here: the stand-in starts no diff tools.</summary>
    public void DisableDiff()
    {
    }

    internal StringCompare? StringComparer(string extension) => _stringComparer ?? VerifierSettings.StringComparers.Find(extension);

    internal StreamCompare? StreamComparer(string extension) => _streamComparer ?? VerifierSettings.StreamComparers.Find(extension);

    internal void Scrub(StringBuilder text)
    {
        foreach (var scrubber in _scrubbers)
        {
            scrubber(text);
        }
    }

    private void RefuseWithFileName(string method)
    {
        if (FileName is not null)
        {
            throw Incompatible(method, nameof(UseFileName));
        }
    }

    private static InvalidOperationException Incompatible(string method, string other) => new($"{method} is not compatible with {other}.");
}
