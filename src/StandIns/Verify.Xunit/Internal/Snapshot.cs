using System.Text;

namespace VerifyTests.Internal;

/// <summary>One verification: what was received against the verified file of its name.</summary>
internal sealed class Snapshot(SnapshotName name, VerifySettings settings, DirectoryScrubber folders)
{
    public Task<VerifyResult> Text(string? target) => Text(target switch
    {
        null => "null",
        // So that there is something to see.
        "" => "emptyString",
        _ => target.TrimStart('\uFEFF'),
    }, "txt");

    public async Task<VerifyResult> Text(string? target, string extension)
    {
        if (!TextExtensions.Contain(Guard.Extension(extension)))
        {
            throw new ArgumentException($"Text cannot be verified as a binary file: .{extension}", nameof(extension));
        }

        var file = Begin(extension);
        return End(file, await Comparison.Text(file, Scrub(target ?? "null"), settings));
    }

    public async Task<VerifyResult> Stream(Stream? target, string extension)
    {
        ArgumentNullException.ThrowIfNull(target);
        Guard.Extension(extension);
        using (target)
        {
            if (TextExtensions.Contain(extension))
            {
                using var reader = new StreamReader(target);
                return await Text(await reader.ReadToEndAsync(), extension);
            }

            using var received = new MemoryStream();
            await target.CopyToAsync(received);
            received.Position = 0;
            var file = Begin(extension);
            return End(file, await Comparison.Binary(file, received, settings));
        }
    }

    public Task<VerifyResult> File(string path, string? extension) => System.IO.File.Exists(path)
        ? Stream(System.IO.File.OpenRead(path), extension ?? Path.GetExtension(path).TrimStart('.'))
        : throw new ArgumentException($"File not found. Path: {path}", nameof(path));

    // What an earlier run left behind must not look like this one's.
    private FilePair Begin(string extension)
    {
        VerifierSettings.MarkRun();
        if (!settings.IsSharedNameAllowed && !VerifierSettings.IsSharedNameAllowed)
        {
            name.Claim();
        }

        Directory.CreateDirectory(name.Directory);
        foreach (var received in name.Existing("received"))
        {
            System.IO.File.Delete(received);
        }

        return name.Files(extension);
    }

    private string Scrub(string target)
    {
        var text = new StringBuilder(target);
        settings.Scrub(text);
        return Comparison.Newlines(folders.Scrub(text.ToString()));
    }

    private VerifyResult End(FilePair file, Difference? difference)
    {
        var deleted = name.Existing("verified").Where(verified => verified != file.Verified).ToArray();
        if (difference is null && deleted.Length == 0)
        {
            return new VerifyResult([file]);
        }

        // Every file is asked about, in case only some are accepted.
        bool accepted = deleted.Aggregate(true, (all, verified) => Delete(verified) && all);
        accepted = (difference is null || Accept(file)) && accepted;
        if (accepted && !VerifierSettings.ThrowsOnAccept && !settings.ThrowsOnAccept)
        {
            return new VerifyResult([file]);
        }

        throw new VerifyException(FailureMessage.Build(name.Directory, difference, deleted, difference is null ? [file] : []));
    }

    private bool Delete(string verified)
    {
        if (!IsAccepted(verified))
        {
            return false;
        }

        System.IO.File.Delete(verified);
        return true;
    }

    private bool Accept(FilePair file)
    {
        if (!IsAccepted(file.Verified))
        {
            return false;
        }

        System.IO.File.Move(file.Received, file.Verified, overwrite: true);
        return true;
    }

    private bool IsAccepted(string verified) => VerifierSettings.Accepts is { } accepts
        ? accepts(name.TypeName, name.MethodName, verified)
        : settings.Accepts?.Invoke(verified) ?? false;
}
