namespace VerifyTests.Internal;

/// <summary>Holds what was received against the verified file; null when it is equal. What differs is written beside it.</summary>
internal static class Comparison
{
    public static async Task<Difference?> Text(FilePair file, string received, VerifySettings settings)
    {
        // An empty verified file is one that a diff tool made.
        if (new FileInfo(file.Verified) is { Exists: true, Length: 0 } empty)
        {
            empty.Delete();
        }

        if (!File.Exists(file.Verified))
        {
            await Write(file.Received, received);
            return new(file, IsNew: true, null, received, null);
        }

        var verified = Newlines(await File.ReadAllTextAsync(file.Verified));
        // Editors end a file with a new line.
        if (verified.Length == received.Length + 1 && verified.EndsWith('\n'))
        {
            verified = verified[..^1];
        }

        if (received == verified)
        {
            return null;
        }

        var result = settings.StringComparer(file.Extension) is { } compare
            ? await Guarded(file, () => compare(received, verified, settings.Context))
            : CompareResult.NotEqual();
        if (result.IsEqual)
        {
            return null;
        }

        await Write(file.Received, received);
        return new(file, IsNew: false, result.Message, received, verified);
    }

    public static async Task<Difference?> Binary(FilePair file, MemoryStream received, VerifySettings settings)
    {
        if (received.Length == 0)
        {
            throw new InvalidOperationException($"Empty data is not allowed. Path: {file.Received}");
        }

        if (!File.Exists(file.Verified))
        {
            await File.WriteAllBytesAsync(file.Received, received.ToArray());
            return new(file, IsNew: true, null, null, null);
        }

        CompareResult result;
        using (var verified = File.OpenRead(file.Verified))
        {
            result = settings.StreamComparer(file.Extension) is { } compare
                ? await Guarded(file, () => compare(received, verified, settings.Context))
                : await AreEqual(received, verified);
        }

        if (result.IsEqual)
        {
            return null;
        }

        await File.WriteAllBytesAsync(file.Received, received.ToArray());
        return new(file, IsNew: false, result.Message, null, null);
    }

    /// <summary>The text with \n for every kind of line end.</summary>
    public static string Newlines(string text) => text.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');

    private static Task Write(string path, string text) => File.WriteAllTextAsync(path, text, VerifierSettings.Encoding);

    private static async Task<CompareResult> AreEqual(MemoryStream received, FileStream verified)
    {
        if (received.Length != verified.Length)
        {
            return CompareResult.NotEqual();
        }

        var bytes = new byte[verified.Length];
        await verified.ReadExactlyAsync(bytes);
        return new(received.ToArray().AsSpan().SequenceEqual(bytes));
    }

    private static async Task<CompareResult> Guarded(FilePair file, Func<Task<CompareResult>> compare)
    {
        try
        {
            return await compare();
        }
        catch (Exception exception)
        {
            throw new InvalidOperationException($"Failed to compare files:\nReceivedPath: {file.Received}\nVerifiedPath: {file.Verified}", exception);
        }
    }
}
