using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

/// <summary>
/// Copies a shared library and marks one of its version needs as weak (VER_FLG_WEAK in .gnu.version_r), so that the loader takes a dependency without that version.
/// Refuses a file in which something relocated has that version: there the need is a real one.
/// </summary>
/// <remarks>ELF of 64 bits, little endian. The layout is that of the System V ABI and of the Linux Standard Base, "Symbol Versioning".</remarks>
public sealed class WeakenVersionNeed : Task
{
    private const int DynamicSymbols = 11, RelocationsWithAddends = 4, VersionNeeds = 0x6ffffffe, SymbolVersions = 0x6fffffff;
    private const ushort Weak = 2, VersionMask = 0x7fff;

    private byte[] file = Array.Empty<byte>();
    private Section[] sections = Array.Empty<Section>();

    [Required]
    public string Source { get; set; } = "";

    [Required]
    public string Destination { get; set; } = "";

    /// <summary>The version's name, for example GLIBCXX_3.4.32.</summary>
    [Required]
    public string Version { get; set; } = "";

    public override bool Execute()
    {
        try
        {
            file = File.ReadAllBytes(Source);
            var need = FindNeed();
            Refuse(need < 0, "it has no such need");
            Refuse(UsedSymbols(U16(need + 6)).Any(), "some of its symbols are of that version");
            BitConverter.GetBytes((ushort)(U16(need + 4) | Weak)).CopyTo(file, need + 4);
            Directory.CreateDirectory(Path.GetDirectoryName(Destination)!);
            File.WriteAllBytes(Destination, file);
        }
        catch (Exception error) when (error is IOException || error is UnauthorizedAccessException || error is ArgumentException || error is IndexOutOfRangeException)
        {
            Log.LogError("{0} is not the library that this version of SafeTune knows, so its need of {1} cannot be made weak: {2}.", Source, Version, error.Message.TrimEnd('.'));
        }

        return !Log.HasLoggedErrors;
    }

    // The place of the Elf64_Vernaux entry of that name, whose fields are hash, flags, other (the version's number in this file), name and next; -1 without one.
    private int FindNeed()
    {
        Refuse(file.Length < 64 || BitConverter.ToUInt32(file, 0) != 0x464c457f || file[4] != 2 || file[5] != 1, "it is no ELF file of 64 bits");
        sections = Enumerable.Range(0, U16(0x3c)).Select(i => new Section(file, Offset(0x28) + (i * U16(0x3a)))).ToArray();
        foreach (var section in sections.Where(section => section.Type == VersionNeeds))
        {
            for (int entry = section.Offset, next = 1; next != 0; entry += next)
            {
                for (int need = entry + I32(entry + 8), left = U16(entry + 2); left > 0; need += I32(need + 12), left--)
                {
                    if (Text(sections[section.Link].Offset + I32(need + 8)) == Version) return need;
                }

                next = I32(entry + 12);
            }
        }

        return -1;
    }

    // Dynamic symbols of that version which a relocation fills in.
    private IEnumerable<int> UsedSymbols(ushort version)
    {
        var versions = sections.Single(section => section.Type == SymbolVersions);
        Refuse(sections.Count(section => section.Type == DynamicSymbols) != 1, "it has no dynamic symbols");
        return sections.Where(section => section.Type == RelocationsWithAddends)
            .SelectMany(section => Enumerable.Range(0, section.Size / 24).Select(i => I32(section.Offset + (i * 24) + 12)))
            .Where(symbol => symbol != 0 && (U16(versions.Offset + (2 * symbol)) & VersionMask) == version);
    }

    private static void Refuse(bool wrong, string reason)
    {
        if (wrong) throw new ArgumentException(reason);
    }

    private ushort U16(int at) => BitConverter.ToUInt16(file, at);

    private int I32(int at) => BitConverter.ToInt32(file, at);

    private int Offset(int at) => checked((int)BitConverter.ToInt64(file, at));

    private string Text(int at) => Encoding.ASCII.GetString(file, at, Array.IndexOf<byte>(file, 0, at) - at);

    // An Elf64_Shdr.
    private sealed class Section
    {
        public Section(byte[] file, int at)
        {
            Type = BitConverter.ToInt32(file, at + 4);
            Offset = checked((int)BitConverter.ToInt64(file, at + 24));
            Size = checked((int)BitConverter.ToInt64(file, at + 32));
            Link = BitConverter.ToInt32(file, at + 40);
        }

        public int Type { get; }

        public int Offset { get; }

        public int Size { get; }

        public int Link { get; }
    }
}
