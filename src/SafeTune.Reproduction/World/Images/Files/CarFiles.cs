using SafeTune.Images;
using SafeTune.Reproduction.World.Images.Classes;

namespace SafeTune.Reproduction.World.Images.Files;

/// <summary>Stanford Cars' layout: numbered images of each split, their boxes and classes as MATLAB structs; classes count from 1.</summary>
internal static class CarFiles
{
    private static readonly string[] Fields = ["bbox_x1", "bbox_y1", "bbox_x2", "bbox_y2", "class", "fname"];

    public static void Write(string folder, IReadOnlyList<ImageClass> classes, Drawn[] train, Drawn[] test)
    {
        string devkit = Directory.CreateDirectory(Path.Combine(folder, "devkit")).FullName;
        MatFile.Write(Path.Combine(devkit, "cars_meta.mat"), ("class_names", MatFile.Cells([.. classes.Select(entry => MatFile.Text(entry.Name))])));
        Write(Path.Combine(folder, "cars_train"), Path.Combine(devkit, "cars_train_annos.mat"), train);
        Write(Path.Combine(folder, "cars_test"), Path.Combine(devkit, "cars_test_annos_withlabels.mat"), test);
    }

    private static void Write(string folder, string annotations, Drawn[] rows)
    {
        Directory.CreateDirectory(folder);
        string[] names = [.. rows.Index().Select(entry => FormattableString.Invariant($"{entry.Index + 1:D5}.jpg"))];
        Together.Write(rows.Length, i => JpegFile.Write(Path.Combine(folder, names[i]), rows[i].Image));
        // The box is the whole image.
        MatFile.Write(annotations, ("annotations", MatFile.Structs(Fields, [.. rows.Zip(names, (row, name) => (MatValue[])
        [
            MatFile.Number(1), MatFile.Number(1), MatFile.Number(row.Image.Width), MatFile.Number(row.Image.Height),
            MatFile.Number(row.Class + 1), MatFile.Text(name),
        ])])));
    }
}
