using SafeTune.Data;

namespace SafeTune.Tests.Data;

/// <summary>The datasets of images whose labels lie in files of their own, small ones made here in their official layouts.</summary>
public sealed class ImageSetTests : IDisposable
{
    private static readonly MatlabWriter Matlab = new();
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Flowers_are_split_by_number()
    {
        Put("flowers102/imagelabels.mat", Matlab.File(Matlab.Compressed(Matlab.Numbers("labels", 102, 1, 7))));
        Put("flowers102/setid.mat", Matlab.File(Matlab.Numbers("trnid", 3), Matlab.Numbers("valid", 2), Matlab.Numbers("tstid", 1, 3)));
        Assert.Contains("There is no folder", Assert.Throws<MissingDataException>(() => Load("flowers102", "train")).Message, StringComparison.Ordinal);
        Put("flowers102/jpg/image_00001.jpg", [1]);
        var test = Load("flowers102", "test");
        Assert.Equal([101, 6], test.Examples.Select(example => example.Label));
        Assert.Equal(("blackberry lily", "moon orchid"), (test.LabelNames![101], test.LabelNames[6]));
        Assert.Equal([1], ((StoredImageExample)test.Examples[0]).Source.Read());
        Assert.EndsWith("image_00003.jpg", ((StoredImageExample)test.Examples[1]).Source.Place, StringComparison.Ordinal);
        Assert.Equal(0, Assert.Single(Load("flowers102", "valid").Examples).Label);
        Put("flowers102/setid.mat", Matlab.File(Matlab.Numbers("trnid", 3, 4)));
        Assert.Contains("setid.mat: 'trnid' names the image 4, and imagelabels.mat has labels for 1 to 3", Told("flowers102", "train"), StringComparison.Ordinal);
        Put("flowers102/imagelabels.mat", Matlab.File(Matlab.Numbers("labels", 1, 0)));
        Assert.Contains("imagelabels.mat: label 2 is 0, expected 1 to 102", Told("flowers102", "train"), StringComparison.Ordinal);
    }

    [Fact]
    public void Cars_are_labelled_by_their_annotations()
    {
        Put("stanford-cars/devkit/cars_meta.mat", Matlab.File(Matlab.Cells("class_names", Matlab.Text("", "Audi"), Matlab.Text("", "Fiat"))));
        Put("stanford-cars/devkit/cars_train_annos.mat", Annotations(2, "00001.jpg"));
        Put("stanford-cars/cars_train/00001.jpg", [5]);
        var train = Load("stanford_cars", "train");
        Assert.Equal(["Audi", "Fiat"], train.LabelNames!);
        Assert.Equal(1, Assert.Single(train.Examples).Label);
        Assert.Equal([5], ((StoredImageExample)train.Examples[0]).Source.Read());
        Assert.Contains("cars_test_annos_withlabels.mat", Assert.Throws<MissingDataException>(() => Load("stanford_cars", "test")).Message, StringComparison.Ordinal);
        Put("stanford-cars/cars_test_annos_withlabels.mat", Annotations(3, "00001.jpg"));
        Assert.Contains("annotation 1: it has no 'class' from 1 to 2", Told("stanford_cars", "test"), StringComparison.Ordinal);
        Put("stanford-cars/cars_test_annos_withlabels.mat", Annotations(1, "../00001.jpg"));
        Assert.Contains("annotation 1: it has no file's name as 'fname'", Told("stanford_cars", "test"), StringComparison.Ordinal);

        static byte[] Annotations(int label, string image) => Matlab.File(Matlab.Structs("annotations", ["class", "fname"], Matlab.Numbers("", label), Matlab.Text("", image)));
    }

    [Fact]
    public void Dishes_are_listed()
    {
        folder.File("food-101/meta/classes.txt", "apple_pie\nwaffles\n");
        folder.File("food-101/meta/labels.txt", "Apple pie\nWaffles\n");
        folder.File("food-101/meta/train.txt", "waffles/12\napple_pie/7\n");
        folder.File("food-101/images/waffles/12.jpg", "x");
        var train = Load("food101", "train");
        Assert.Equal([1, 0], train.Examples.Select(example => example.Label));
        Assert.Equal("Waffles", train.LabelNames![1]);
        Assert.Equal("x"u8.ToArray(), ((StoredImageExample)train.Examples[0]).Source.Read());
        Assert.Contains("7.jpg: it cannot be read", Assert.Throws<UsageException>(() => ((StoredImageExample)train.Examples[1]).Source.Read()).Message, StringComparison.Ordinal);
        folder.File("food-101/meta/test.txt", "waffles/12\nwaffles/../13\n");
        Assert.Contains("test.txt, line 2: expected one of the classes", Told("food101", "test"), StringComparison.Ordinal);
        folder.File("food-101/meta/labels.txt", "Apple pie\n");
        Assert.Contains("labels.txt: expected 2 names, one for each line of classes.txt, found 1", Told("food101", "test"), StringComparison.Ordinal);
    }

    [Fact]
    public void Countries_have_the_training_sets_numbers_everywhere()
    {
        foreach (var path in (string[])["train/AD/1.jpg", "train/CH/2.jpg", "valid/CH/3.jpg", "test/CH/4.jpg", "test/XX/5.jpg"]) folder.File($"country211/{path}", "x");
        Assert.Equal([0, 1], Load("country211", "train").Examples.Select(example => example.Label));
        var valid = Load("country211", "valid");
        Assert.Equal(("country211", "valid", 1.0), (valid.Name, valid.Split, Assert.Single(valid.Examples).Label));
        Assert.Equal(["AD", "CH"], valid.LabelNames!);
        Assert.Contains("there is a class 'XX'", Told("country211", "test"), StringComparison.Ordinal);
        Assert.Equal(["train", "valid", "test"], DataSources.Find("country211").Splits);
    }

    [HubFact]
    public void The_hubs_labels_are_complete()
    {
        var datasets = Path.Combine(Golden.Hub!, "datasets");
        var flowers = Path.Combine(datasets, "flowers102");
        Assert.Equal([1020, 1020, 6149], ((string[])["train", "valid", "test"]).Select(split => Flowers102.Labels(flowers, split).Length));
        // No image twice, ten images of each flower.
        Assert.Equal(8189, ((string[])["train", "valid", "test"]).SelectMany(split => Flowers102.Labels(flowers, split)).Select(row => row.Image).Distinct().Count());
        Assert.All(Flowers102.Labels(flowers, "train").CountBy(row => row.Label), count => Assert.Equal(10, count.Value));
        Assert.Equal((6765, 0), Flowers102.Labels(flowers, "train")[0]);

        var (names, rows) = StanfordCars.Labels(Path.Combine(datasets, "stanford-cars"), "train");
        Assert.Equal((196, 8144), (names.Length, rows.Length));
        Assert.Equal(("AM General Hummer SUV 2000", "smart fortwo Convertible 2012"), (names[0], names[195]));
        Assert.Equal([("00001.jpg", 13), ("00002.jpg", 2)], rows.Take(2));
        Assert.Equal(196, rows.Select(row => row.Label).Distinct().Count());
    }

    private Dataset Load(string name, string split) => DataSources.Find(name).Load(folder.Path, split);

    private string Told(string name, string split) => Assert.Throws<UsageException>(() => Load(name, split)).Message;

    private void Put(string path, byte[] bytes) => File.WriteAllBytes(folder.File(path, ""), bytes);
}
