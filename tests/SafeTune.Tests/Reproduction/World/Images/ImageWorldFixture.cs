using SafeTune.Reproduction.World.Images;
using SafeTune.Tests.Data;

namespace SafeTune.Tests.Reproduction.World.Images;

/// <summary>The image sets, written once for all tests.</summary>
public sealed class ImageWorldFixture : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public ImageWorldFixture() => ImageWorld.Write(Datasets);

    public string Datasets => folder.Path;

    public void Dispose() => folder.Dispose();
}
