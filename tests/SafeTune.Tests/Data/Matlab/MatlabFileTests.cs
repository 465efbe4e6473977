using SafeTune.Data;

namespace SafeTune.Tests.Data;

public sealed class MatlabFileTests : IDisposable
{
    private static readonly MatlabWriter Writer = new();
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public void Numbers_texts_cells_and_structs_are_read(bool isLittle, bool isCompressed)
    {
        var variables = Read(File(new MatlabWriter(isLittle), isCompressed));
        Assert.Equal([1, 200, 3], MatlabFile.Integers("", variables, "small"));
        Assert.Equal([-70000, 5], MatlabFile.Integers("", variables, "wide"));
        Assert.Equal([0.5, -1e300], ((MatlabNumbers)variables["real"]).Values);
        Assert.Equal([2, 1], variables["real"].Shape);
        Assert.Equal("Škoda", ((MatlabText)variables["car"]).Text);
        Assert.Equal(["", "b"], ((MatlabCells)variables["names"]).Items.Select(item => ((MatlabText)item).Text));
        var structs = ((MatlabStructs)variables["rows"]).Items;
        Assert.Equal(["1.jpg", "2.jpg"], structs.Select(row => ((MatlabText)row["fname"]).Text));
        Assert.Equal([7, 9], structs.Select(row => ((MatlabNumbers)row["class"]).Values[0]));
    }

    [Fact]
    public void What_is_not_read_is_refused_by_its_name()
    {
        const int sparse = 5, complex = 0x0806;
        Assert.Contains("file.mat: 's' is of class 5, which is not read here", Told(Writer.File(Writer.Array("s", sparse, [1, 1]))), StringComparison.Ordinal);
        Assert.Contains("'c' is of class 6, complex", Told(Writer.File(Writer.Array("c", complex, [1, 1]))), StringComparison.Ordinal);
        Assert.Contains("it is of level 7.3 (HDF5), which is not read here; save it in MATLAB with -v7", Told([.. "MATLAB 7.3 MAT-file"u8, .. new byte[200]]), StringComparison.Ordinal);
    }

    [Fact]
    public void Wrong_files_are_told()
    {
        Assert.Contains("fewer than its header", Told([1]), StringComparison.Ordinal);
        Assert.Contains("does not say IM or MI", Told(new byte[128]), StringComparison.Ordinal);
        Assert.Contains("a variable is of type UInt8", Told(Writer.File([2, 0, 1, 0, 7, 0, 0, 0])), StringComparison.Ordinal);
        Assert.Contains("an element claims 4294967295 bytes where 0 are left", Told(Writer.File([14, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF])), StringComparison.Ordinal);
        Assert.Contains("claims 2147483647 × 2147483647 elements", Told(Writer.File(Writer.Array("x", 1, [int.MaxValue, int.MaxValue]))), StringComparison.Ordinal);
        Assert.Contains("negative or broken size", Told(Writer.File(Writer.Array("x", 6, [-1, 1]))), StringComparison.Ordinal);
        byte[] claims = [14, 0, 0, 0, 0xF0, 0xFF, 0xFF, 0x7F];
        Assert.Contains("compressed bytes claim to hold 2147483632", Told(Writer.File(Writer.Compressed(claims))), StringComparison.Ordinal);
        var nested = Writer.Numbers("", 1);
        for (var depth = 0; depth < 40; depth++) nested = Writer.Cells("x", nested);
        Assert.Contains("nested more than 32 deep", Told(Writer.File(nested)), StringComparison.Ordinal);
        Assert.Contains("There is no file", Assert.Throws<MissingDataException>(() => MatlabFile.Read(Path.Combine(folder.Path, "none.mat"))).Message, StringComparison.Ordinal);
        var numbers = Read(Writer.File(Writer.Reals("real", 0.5)));
        Assert.Contains("there is no variable 'real' of whole numbers", Assert.Throws<UsageException>(() => MatlabFile.Integers("file.mat", numbers, "real")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Damage_is_survived(bool isCompressed) =>
        Damage.IsSurvived(Path.Combine(folder.Path, "damaged.mat"), File(Writer, isCompressed), path => MatlabFile.Read(path));

    private static byte[] File(MatlabWriter writer, bool isCompressed)
    {
        byte[][] variables =
        [
            writer.Numbers("small", 1, 200, 3), writer.Numbers("wide", -70000, 5), writer.Reals("real", 0.5, -1e300), writer.Text("car", "Škoda"),
            writer.Cells("names", writer.Text("", ""), writer.Text("", "b")),
            writer.Structs("rows", ["class", "fname"], writer.Numbers("", 7), writer.Text("", "1.jpg"), writer.Numbers("", 9), writer.Text("", "2.jpg")),
        ];
        return writer.File(isCompressed ? [.. variables.Select(writer.Compressed)] : variables);
    }

    private IReadOnlyDictionary<string, MatlabValue> Read(byte[] bytes)
    {
        var path = Path.Combine(folder.Path, "file.mat");
        System.IO.File.WriteAllBytes(path, bytes);
        return MatlabFile.Read(path);
    }

    private string Told(byte[] bytes) => Assert.Throws<UsageException>(() => Read(bytes)).Message;
}
