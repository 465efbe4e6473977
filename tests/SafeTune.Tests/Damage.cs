namespace SafeTune.Tests;

/// <summary>Damages files for tests that must survive it.</summary>
internal static class Damage
{
    private static readonly byte[] Telling = [0, 1, 0x7F, 0x80, 0x8B, 0xFF, .. "09\"{}[].(tRQ"u8];

    /// <summary>Damages a file again and again: each time it loads, or is refused in a sentence that names it.</summary>
    /// <param name="path">Written and read; its folder must exist.</param>
    /// <param name="original">The sound file.</param>
    /// <param name="load">Reads it.</param>
    /// <param name="times">How often.</param>
    public static void IsSurvived(string path, byte[] original, Action<string> load, int times = 2000)
    {
        for (var seed = 0; seed < times; seed++)
        {
            var random = new Random(seed);
            var damaged = Of(original, random);
            if (seed % 4 == 0) damaged = damaged[..random.Next(damaged.Length)];
            File.WriteAllBytes(path, damaged);
            try
            {
                load(path);
            }
            catch (UsageException told) when (told.Message.Contains(Path.GetFileName(path), StringComparison.Ordinal))
            {
                // As it should be.
            }
            catch (Exception other)
            {
                Assert.Fail($"seed {seed}: {other}");
            }
        }
    }

    /// <summary>A copy with a few bytes changed, repeated or removed.</summary>
    /// <param name="original">Not empty.</param>
    /// <param name="random">Where the damage comes from.</param>
    /// <param name="within">Only the first so many bytes are changed.</param>
    public static byte[] Of(byte[] original, Random random, int within = int.MaxValue)
    {
        List<byte> bytes = [.. original];
        for (var changes = random.Next(1, 5); changes > 0; changes--)
        {
            var at = random.Next(Math.Min(within, bytes.Count));
            var count = Math.Min(random.Next(1, 9), bytes.Count - at);
            switch (random.Next(6))
            {
                case 0: bytes[at] ^= (byte)(1 << random.Next(8)); break;
                case 1: bytes[at] = (byte)random.Next(256); break;
                case 2: bytes[at] = Telling[random.Next(Telling.Length)]; break;
                case 3: bytes.InsertRange(at, bytes.GetRange(random.Next(bytes.Count - count + 1), count)); break;
                case 4: bytes.RemoveRange(at, Math.Min(count, bytes.Count - 1)); break;
                default: bytes[at] = bytes[random.Next(bytes.Count)]; break;
            }
        }
        return [.. bytes];
    }
}
