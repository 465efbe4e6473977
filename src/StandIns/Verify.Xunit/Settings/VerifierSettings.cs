using System.Runtime.CompilerServices;
using System.Text;
using VerifyTests.Internal;

namespace VerifyTests;

/// <summary>Settings for all snapshots, made in a module initializer: what changes how snapshots come out must not change between tests.</summary>
public static class VerifierSettings
{
    private static bool s_hasRun;

    internal static ComparerSet<StringCompare> StringComparers { get; private set; } = new();
    internal static ComparerSet<StreamCompare> StreamComparers { get; private set; } = new();
    internal static Encoding Encoding { get; private set; } = Utf8(bom: true);
    internal static GlobalAutoVerify? Accepts { get; private set; }
    internal static bool ThrowsOnAccept { get; private set; }
    internal static bool IsSharedNameAllowed { get; private set; }
    internal static bool OmitsContent { get; private set; }

    /// <summary>Compares texts with this extension.</summary>
    public static void RegisterStringComparer(string extension, StringCompare compare)
    {
        RefuseAfterVerifying();
        StringComparers.Use(compare, extension);
    }

    /// <summary>Compares texts whose extension has no comparer of its own.</summary>
    public static void SetDefaultStringComparer(StringCompare compare)
    {
        RefuseAfterVerifying();
        StringComparers.Use(compare);
    }

    /// <summary>Compares binary snapshots with this extension.</summary>
    public static void RegisterStreamComparer(string extension, StreamCompare compare)
    {
        RefuseAfterVerifying();
        StreamComparers.Use(compare, extension);
    }

    /// <summary>Writes texts without a byte order mark.</summary>
    public static void UseUtf8NoBom() => UseEncoding(Utf8(bom: false));

    /// <summary>Writes texts in this encoding; else UTF-8 with a byte order mark.</summary>
    public static void UseEncoding(Encoding encoding)
    {
        RefuseAfterVerifying();
        Encoding = encoding;
    }

    /// <inheritdoc cref="VerifySettings.AutoVerify(bool, bool)"/>
    public static void AutoVerify(bool includeBuildServer = true, bool throwException = false) =>
        AutoVerify((_, _, _) => true, includeBuildServer, throwException);

    /// <inheritdoc cref="VerifySettings.AutoVerify(VerifyTests.AutoVerify, bool, bool)"/>
    public static void AutoVerify(GlobalAutoVerify autoVerify, bool includeBuildServer = true, bool throwException = false)
    {
        RefuseAfterVerifying();
        if (includeBuildServer || !BuildServer.IsHere)
        {
            Accepts = autoVerify;
            ThrowsOnAccept = throwException;
        }
    }

    /// <summary>Lets several verifications of a run have the same name.</summary>
    public static void DisableRequireUniquePrefix()
    {
        RefuseAfterVerifying();
        IsSharedNameAllowed = true;
    }

    /// <summary>Failures name the files without showing what is in them.</summary>
    public static void OmitContentFromException() => OmitsContent = true;

    internal static void MarkRun() => s_hasRun = true;

    internal static void Reset()
    {
        s_hasRun = false;
        StringComparers = new();
        StreamComparers = new();
        Encoding = Utf8(bom: true);
        Accepts = null;
        ThrowsOnAccept = IsSharedNameAllowed = OmitsContent = false;
    }

    private static UTF8Encoding Utf8(bool bom) => new(bom, throwOnInvalidBytes: true);

    private static void RefuseAfterVerifying([CallerMemberName] string method = "")
    {
        if (s_hasRun)
        {
            throw new InvalidOperationException(
                $"The API 'VerifyTests.VerifierSettings.{method}' must be called prior to any Verify has run. Usually this is done in a [ModuleInitializer].");
        }
    }
}
