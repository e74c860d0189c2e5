//! Categories: what a segment holds and a grant allows.

/// What a segment holds and a grant allows: one category of one sensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Category {
    /// Heart rate and RR intervals.
    Heart = 1,
    /// Oxygen saturation and the oximeter's pulse.
    Oxygen = 2,
    /// Blood pressure and the cuff's pulse.
    Pressure = 3,
    /// Body temperature.
    Temperature = 4,
    /// Glucose.
    Glucose = 5,
    /// Weight and body composition.
    Body = 6,
    /// Activity.
    Activity = 7,
    /// Breathing.
    Breathing = 8,
    /// Waveforms.
    Waveform = 9,
    /// Documents.
    Documents = 10,
}

impl Category {
    /// Every category, in wire order.
    pub const ALL: [Category; 10] = [
        Category::Heart,
        Category::Oxygen,
        Category::Pressure,
        Category::Temperature,
        Category::Glucose,
        Category::Body,
        Category::Activity,
        Category::Breathing,
        Category::Waveform,
        Category::Documents,
    ];

    /// The number this category has on the wire.
    pub fn wire(self) -> u8 {
        self as u8
    }

    /// The category with this wire number, or `None` for a number nobody assigned.
    pub fn from_wire(number: u8) -> Option<Category> {
        Category::ALL.into_iter().find(|category| category.wire() == number)
    }

    /// The word used in grants, on the command line and in sentences.
    pub fn name(self) -> &'static str {
        match self {
            Category::Heart => "heart",
            Category::Oxygen => "oxygen",
            Category::Pressure => "pressure",
            Category::Temperature => "temperature",
            Category::Glucose => "glucose",
            Category::Body => "body",
            Category::Activity => "activity",
            Category::Breathing => "breathing",
            Category::Waveform => "waveform",
            Category::Documents => "documents",
        }
    }

    /// The category of that name, or `None`.
    pub fn from_name(name: &str) -> Option<Category> {
        Category::ALL.into_iter().find(|category| category.name() == name)
    }
}
