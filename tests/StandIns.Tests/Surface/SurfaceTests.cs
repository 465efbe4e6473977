using System.Reflection;

namespace StandIns.Tests.Surface;

/// <summary>
/// A stand-in may have fewer members than its package, never others. tests/Api has the lines of the packages' lists that the
/// stand-ins use; with SAFETUNE_API_DIR (a folder with the full lists) these tests compare with the full lists and write the cut ones anew.
/// </summary>
public sealed class SurfaceTests
{
    // The full list was made without this line, though hundreds of its members have the type in their signature.
    private const string ElementTypes =
        "T torch.ScalarType {Byte,Int8,Int16,Int32,Int64,Float16,Float32,Float64,ComplexFloat32,ComplexFloat64,Bool,BFloat16}";

    [Fact]
    public void Every_member_of_the_TorchSharp_stand_in_is_in_TorchSharp() => Check(typeof(TorchSharp.torch).Assembly, "TorchSharp-0.107.txt");

    [Fact]
    public void Every_member_of_the_Frosting_stand_in_is_in_Frosting() => Check(typeof(Cake.Frosting.CakeHost).Assembly, "Cake.Frosting-6.0.txt");

    [Fact]
    public void Every_member_of_the_Verify_stand_in_is_in_Verify() => Check(typeof(Verifier).Assembly, "Verify.Xunit-31.txt");

    private static void Check(Assembly standIn, string list)
    {
        var members = PublicSurface.Of(standIn);
        Assert.NotEmpty(members);
        var cut = Path.Combine(Repository.Root, "tests", "Api", list);
        var full = Environment.GetEnvironmentVariable("SAFETUNE_API_DIR");
        var real = File.ReadAllLines(full is { Length: > 0 } ? Path.Combine(full, list) : cut).Append(ElementTypes).ToHashSet(StringComparer.Ordinal);
        var foreign = members.Where(member => !real.Contains(member)).ToArray();
        Assert.True(
            foreign.Length == 0,
            $"{foreign.Length} public members that are not in {list} (a new one that the package has? See tests/Api/README.md):\n{string.Join('\n', foreign)}");
        if (full is { Length: > 0 })
        {
            File.WriteAllText(cut, string.Concat(members.Select(member => member + "\n")));
        }
    }
}
