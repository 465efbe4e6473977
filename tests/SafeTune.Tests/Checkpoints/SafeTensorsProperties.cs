using FsCheck;
using FsCheck.Fluent;
using SafeTune.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace SafeTune.Tests.Checkpoints;

public sealed class SafeTensorsProperties
{
    private static readonly ScalarType[] Types =
        [ScalarType.Float32, ScalarType.Float64, ScalarType.Float16, ScalarType.BFloat16, ScalarType.Int64, ScalarType.Int32, ScalarType.Int16, ScalarType.Int8, ScalarType.Byte];

    [Fact]
    public void What_is_written_is_read() => Prop.ForAll(Files(), RoundTrip).QuickCheckThrowOnFailure();

    [Fact]
    public void A_damaged_file_opens_or_is_refused_in_a_sentence_but_never_breaks_the_program()
    {
        var original = File.ReadAllBytes(Golden.Path("cka/inputs.safetensors"));
        var headerEnd = 8 + 536;
        var damage = from position in Gen.Choose(0, headerEnd - 1) from value in Gen.Choose(0, 255) from cut in Gen.Choose(0, original.Length * 2) select (position, value, cut);
        Prop.ForAll(Arb.From(damage), d =>
        {
            byte[] bytes = [.. original];
            bytes[d.position] = (byte)d.value;
            return OpensOrSaysWhyNot(d.cut < bytes.Length ? bytes[..d.cut] : bytes);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Any_bytes_open_or_are_refused_in_a_sentence() =>
        Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), body => OpensOrSaysWhyNot([(byte)Math.Min(255, body.Length + 1), 0, 0, 0, 0, 0, 0, 0, (byte)'{', .. body])).QuickCheckThrowOnFailure();

    private static bool OpensOrSaysWhyNot(byte[] bytes)
    {
        using var file = new TemporaryFile();
        File.WriteAllBytes(file.Path, bytes);
        try
        {
            using var open = SafeTensorsFile.Open(file.Path);
            return open.Entries.Values.Sum(e => e.Bytes) <= bytes.Length;
        }
        catch (UsageException e)
        {
            return e.Message.Contains(file.Path, StringComparison.Ordinal) && !e.Message.Contains('\n', StringComparison.Ordinal);
        }
    }

    private static bool RoundTrip((string Name, ScalarType Type, long[] Shape)[] tensors)
    {
        using var scope = NewDisposeScope();
        using var target = new TemporaryFile();
        var values = tensors.DistinctBy(t => t.Name).ToDictionary(t => t.Name, t => Numbers(t.Type, t.Shape));
        SafeTensors.Write(target.Path, values.Select(v => (v.Key, v.Value)), new Dictionary<string, string> { ["\"quoted\""] = "é\n" });

        using var file = SafeTensorsFile.Open(target.Path);
        return file.Metadata["\"quoted\""] == "é\n" && file.Entries.Count == values.Count && values.All(v =>
        {
            var read = file.Read(v.Key);
            return read.dtype == v.Value.dtype && read.shape.SequenceEqual(v.Value.shape) && (read.NumberOfElements == 0 || read.bytes.SequenceEqual(v.Value.bytes));
        });
    }

    private static Tensor Numbers(ScalarType type, long[] shape) =>
        tensor([.. Enumerable.Range(0, (int)shape.Aggregate(1L, (a, b) => a * b)).Select(i => (float)(i * 3 % 101))]).reshape(shape).to(type);

    private static Arbitrary<(string Name, ScalarType Type, long[] Shape)[]> Files()
    {
        var one = from name in ArbMap.Default.GeneratorFor<NonNull<string>>()
                  from type in Gen.Elements(Types)
                  from shape in Gen.Choose(0, 5).Select(size => (long)size).ArrayOf()
                  select (Valid(name.Get), type, shape.Take(4).ToArray());
        return Arb.From(one.ArrayOf());
    }

    // Unpaired surrogates have no UTF-8, and the format reserves one name.
    private static string Valid(string name) => "n" + string.Concat(name.EnumerateRunes());
}
