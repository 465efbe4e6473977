using SafeTune.Images;

namespace SafeTune.Reproduction.World.Images.Files;

/// <summary>JPEG files of the generated datasets.</summary>
internal static class JpegFile
{
    private const int Quality = 92;

    public static void Write(string path, RgbImage image) => File.WriteAllBytes(path, JpegEncoder.Encode(image, Quality));
}
