using Mono.Cecil;
using SafeTune.Torch;
using static TorchSharp.torch;

namespace SafeTune.Tests.Torch;

public sealed class ScalarTests
{
    private const string ScalarName = "TorchSharp.Scalar";
    private static readonly string Folder = Path.GetDirectoryName(typeof(ScalarTests).Assembly.Location)!;

    [Theory]
    [InlineData("SafeTune.dll")]
    [InlineData("SafeTune.Reproduction.dll")]
    [InlineData("SafeTune.Cli.dll")]
    public void No_number_is_handed_to_torch_that_a_garbage_collection_could_free(string assembly)
    {
        using var resolver = new DefaultAssemblyResolver();
        resolver.AddSearchDirectory(Folder);
        using var torch = ModuleDefinition.ReadModule(Path.Combine(Folder, "TorchSharp.dll"));
        var makers = Makers(torch);
        using var ours = ModuleDefinition.ReadModule(Path.Combine(Folder, assembly), new ReaderParameters { AssemblyResolver = resolver });

        string[] found =
        [
            .. from type in ours.GetTypes()
               where type.FullName != typeof(Scalars).FullName
               from method in type.Methods
               where method.HasBody
               from call in Calls(method)
               where call.DeclaringType.Scope.Name.StartsWith("TorchSharp", StringComparison.Ordinal)
               where call.ReturnType.FullName == ScalarName || makers.Contains(call.Resolve().FullName)
               select $"{type.FullName}.{method.Name} calls {call.FullName}",
        ];

        Assert.True(found.Length == 0, string.Join("\n", found));
    }

    [Fact]
    public void Operators_with_kept_numbers_compute_what_their_names_say()
    {
        using var scope = NewDisposeScope();
        var (a, b) = (tensor([1f, 2f]), tensor([10f, 20f]));

        Assert.Equal([11f, 22f], a.Plus(b).data<float>());
        Assert.Equal([1.5f, 2.5f], a.Plus(0.5).data<float>());
        Assert.Equal([3f, 6f], a.Times(3).data<float>());
        Assert.Equal([0.5f, 1f], a.Over(2).data<float>());
        Assert.Equal([2L, 3L], Scalars.Range(2, 4).data<long>());
        Assert.Equal([16f, 27f], a.Accumulate(b).Accumulate(5).data<float>());
        Assert.Equal([16f, 27f], a.data<float>());
        Assert.Equal([7L, 8L], Scalars.Range(2, 4).Accumulate(5).data<long>());
    }

    // TorchSharp's methods that make a Scalar of their own, or call one that does.
    private static HashSet<string> Makers(ModuleDefinition torch)
    {
        HashSet<string> found = [];
        var methods = torch.GetTypes().SelectMany(type => type.Methods).Where(method => method.HasBody && method.ReturnType.FullName != ScalarName).ToArray();
        for (var before = -1; before < found.Count;)
        {
            before = found.Count;
            foreach (var method in methods)
                if (Calls(method).Any(call => call.ReturnType.FullName == ScalarName || found.Contains(call.FullName))) found.Add(method.FullName);
        }

        return found;
    }

    private static IEnumerable<MethodReference> Calls(MethodDefinition method) => method.Body.Instructions.Select(instruction => instruction.Operand).OfType<MethodReference>();
}
