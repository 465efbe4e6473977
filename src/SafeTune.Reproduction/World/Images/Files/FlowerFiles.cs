using SafeTune.Images;

namespace SafeTune.Reproduction.World.Images.Files;

/// <summary>Flowers-102's layout: numbered images, their classes and the splits as MATLAB files; classes count from 1.</summary>
internal static class FlowerFiles
{
    public static void Write(string folder, Drawn[] train, Drawn[] valid, Drawn[] test)
    {
        Drawn[] all = [.. train, .. valid, .. test];
        string images = Directory.CreateDirectory(Path.Combine(folder, "jpg")).FullName;
        Together.Write(all.Length, i => JpegFile.Write(Path.Combine(images, FormattableString.Invariant($"image_{i + 1:D5}.jpg")), all[i].Image));
        MatFile.Write(Path.Combine(folder, "imagelabels.mat"), ("labels", MatFile.Numbers([.. all.Select(row => row.Class + 1)])));
        static MatValue Range(int start, int count) => MatFile.Numbers([.. Enumerable.Range(start + 1, count)]);
        MatFile.Write(Path.Combine(folder, "setid.mat"),
            ("trnid", Range(0, train.Length)), ("valid", Range(train.Length, valid.Length)), ("tstid", Range(train.Length + valid.Length, test.Length)));
    }
}
