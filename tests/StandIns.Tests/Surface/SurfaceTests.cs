using System.Reflection;

namespace StandIns.Tests.Surface;

/// <summary>
/// A stand-in may have fewer members than its package, never others. tests/Api has the lines of the packages' lists that the
/// stand-ins use; with SAFETUNE_API_DIR (a folder with the full lists) these tests compare with the full lists and write the cut ones anew.
/// </summary>
public sealed class SurfaceTests
{
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
        var real = File.ReadAllLines(full is { Length: > 0 } ? Path.Combine(full, list) : cut).ToHashSet(StringComparer.Ordinal);
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
